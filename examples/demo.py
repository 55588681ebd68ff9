"""`make demo`: distil ResNet18 into MobileNetV2 on real scans, through the real service.

Everything lies in `.demo`: the service's home, made anew by each run, and the downloaded student. Ctrl-C at
any moment stops whatever was started.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from app.local.child import die_with_parent, undisturbed
from app.local.stack import Stack
from core.errors import DistilleryError
from core.settings import Settings, child_environment

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("DEMO_FOLDER", ROOT / ".demo"))
SPEC = ROOT / "examples" / "digits.json"
WAIT = "Wait for its end, or set DEMO_FOLDER to another folder."


def main() -> int:
    """The demo, unless one is running: they would take each other's home away."""
    signal.signal(signal.SIGTERM, interrupt)
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DistilleryError("a demo is running in this folder already", hint=WAIT) from None
        demonstrate()
    return 0


def demonstrate() -> None:
    """Start, submit, follow, download, verify, stop."""
    began = time.monotonic()
    # A job that an earlier run was stopped in would be run to its end first.
    shutil.rmtree(FOLDER / "home", ignore_errors=True)
    say("starting the service: API, dispatcher, worker and broker …")
    with Stack(Settings(home=FOLDER / "home"), port=0) as stack:
        say(f"up at {stack.url} after {time.monotonic() - began:.0f} s; submitting {SPEC.name}")
        environment = child_environment(Settings(home=FOLDER / "home")) | {"DISTILLERY_URL": stack.url}
        command("run", os.path.relpath(SPEC), environment=environment)
        student, report = FOLDER / "student.safetensors", FOLDER / "report.json"
        command(
            "pull",
            "@last",
            "student.safetensors",
            "report.json",
            "--to",
            os.path.relpath(FOLDER),
            environment=environment,
        )
        say("downloaded, and its sha256 is right; checking it with torch and torchvision alone …")
        accuracy = foreign_accuracy(student, environment)
        tell(json.loads(report.read_text()), accuracy, student)
        say("stopping the service …")
    say(f"all stopped; {time.monotonic() - began:.0f} s in all")


def command(*words: str, environment: dict[str, str]) -> None:
    """A `distillery` command, shown as a person would type it."""
    say("$ distillery " + " ".join(words))
    process = None
    try:
        with undisturbed():
            # In a session of its own: a Ctrl-C is for the demo, which ends the service and so the command.
            process = subprocess.Popen(
                [sys.executable, "-m", "app.cli.main", *words], env=environment,
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip
        status = process.wait()
    finally:
        if process is not None:
            process.kill()
            process.wait()
    if status != 0:
        raise DistilleryError(f"`distillery {words[0]}` ended with exit status {status}")


def foreign_accuracy(student: Path, environment: dict[str, str]) -> float:
    """The student's accuracy on the test split, by a script that uses no code of ours."""
    script = [sys.executable, str(ROOT / "examples" / "verify_student.py"), str(student)]
    said = subprocess.run(script, env=environment, capture_output=True, text=True, check=True).stdout
    return float(dict(line.split(" ", 1) for line in said.splitlines())["accuracy"])


def tell(report: dict[str, Any], accuracy: float, student: Path) -> None:
    """The result, in a table."""
    say("")
    say(f"{'':10}{'accuracy':>10}{'parameters':>13}{'size':>10}")
    for role in ("teacher", "student"):
        network = report[role]
        size = network["file"]["bytes"] / 1e6
        say(f"{role:10}{network['test']['accuracy']:10.2%}{network['parameters']:13,}{size:7.1f} MB")
    say("")
    say(f"measured again by torchvision alone: {accuracy:.2%}")
    say(f"the student: {os.path.relpath(student)}")


def say(line: str) -> None:
    print(line, flush=True)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("stopped")
        sys.exit(130)
    except DistilleryError as error:
        sys.exit(f"{error.detail}\n{error.advice or ''}")
