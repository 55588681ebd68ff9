"""A trainer that trains nothing: it speaks the protocol, takes two seconds and writes small files.

A double of the trainer, never of a server. DISTILLERY_TRAINER=tests.stand_in_trainer puts it in place. Its
student is a chain of hashes, one link a step: whoever loses or repeats a step ends with another student.
The job's name says what goes wrong: `crash`, `crash once`, `diverge`, `too large`, `hang`, `hang once`,
`deaf`, `forgets` (its checkpoint, and starts anew); a name that ends in a number takes so many seconds.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any

from core import faults
from worker.engine.exports.files import json_bytes, write

STEPS = 20
CHECKPOINT_EVERY = 4
SECONDS = 2.0
WEIGHTS = ("--teacher-weights", "--student-weights", "--weights-origins")
CAUSES = {
    "diverge": ("diverged", "loss is nan"),
    "too large": ("out_of_memory", "CUDA out of memory"),
}


class Double:
    """Says what a trainer says, and does what it is told."""

    def __init__(self, chosen: argparse.Namespace, name: str) -> None:
        self._events = os.fdopen(chosen.events_fd, "w", buffering=1)
        self._out: Path = chosen.out
        self._name = name
        seconds = re.search(r"[\d.]+$", name)
        self._pause = (float(seconds[0]) if seconds else SECONDS) / STEPS
        checkpoint = None if name.startswith("forgets") else chosen.resume
        self._step, self._chain = resumed(checkpoint)
        self._went_on = checkpoint is not None
        self._told: set[str] = set()
        threading.Thread(target=self._listen, args=(chosen.control_fd,), daemon=True).start()

    def say(self, event: str, **data: Any) -> None:
        self._events.write(json.dumps({"event": event, "at": time.time(), **data}) + "\n")

    def train(self) -> int:
        self.say("phase", phase="distil")
        if self._went_on:
            print(f"goes on after step {self._step}", flush=True)  # noqa: T201
        while self._step < STEPS:
            if "cancel" in self._told:
                self._publish("student.safetensors", self._chain)
                return 5
            if "suspend" in self._told:
                self._checkpoint()
                return 6
            if "stop" in self._told:
                break
            self._go_wrong()
            self._train_a_step()
            if self._step % CHECKPOINT_EVERY == 0:
                self._checkpoint()
        return self._finish()

    def _train_a_step(self) -> None:
        faults.point("trainer.step")
        time.sleep(self._pause)
        self._step += 1
        step = self._step
        self._chain = hashlib.sha256(f"{self._chain} {step}".encode()).hexdigest()
        values = {"train/loss": 1 / step, "validation/accuracy": step / STEPS}
        self.say("metrics", step=step, epoch=float(step), seconds=step * self._pause, values=values)
        self.say(
            "progress", phase="distil", epoch=step, epochs=STEPS, step=step, steps=STEPS,
            fraction=step / STEPS, images_per_second=100.0, eta_seconds=(STEPS - step) * self._pause,
        )  # fmt: skip
        print(f"step {step}", flush=True)  # noqa: T201

    def _go_wrong(self) -> None:
        if self._step != STEPS // 2 or (self._went_on and "once" in self._name):
            return
        if self._name.startswith("crash"):
            os.abort()
        if self._name.startswith("hang"):
            threading.Event().wait()
        if self._name in CAUSES:
            code, detail = CAUSES[self._name]
            self.say("error", retryable=False, code=code, detail=detail, hint=None, phase="distil")
            self._events.flush()
            os._exit(1)

    def _checkpoint(self) -> None:
        for kind in ("best", "last"):
            self._save(kind, "student", self._chain.encode())
        self._save("training", "checkpoint", json_bytes({"step": self._step, "chain": self._chain}))

    def _save(self, kind: str, what: str, content: bytes) -> None:
        path = self._out / f"{kind}-{self._step}-{time.monotonic_ns()}"
        write(path, content, what)
        sha256 = hashlib.sha256(content).hexdigest()
        self.say("checkpoint", kind=kind, path=str(path), sequence=self._step, best=True, sha256=sha256)
        faults.point(f"{what}.reported")

    def _finish(self) -> int:
        self._publish("student.safetensors", self._chain)
        self._publish("report.json", json.dumps({"steps": self._step}))
        summary = {"teacher_accuracy": 0.9, "student_accuracy": 0.8, "compression": 5.0, "speedup": 2.0}
        self.say("result", summary=summary)
        return 0

    def _publish(self, name: str, content: str) -> None:
        path = self._out / name
        path.write_text(content)
        self.say("artifact", name=name, path=str(path), bytes=len(content))

    def _listen(self, control_fd: int) -> None:
        with os.fdopen(control_fd) as control:
            for line in control:
                if self._name != "deaf":
                    self._told.add(json.loads(line)["command"])
        os._exit(9)


def resumed(checkpoint: Path | None) -> tuple[int, str]:
    """Step and chain of a checkpoint; of the beginning without one."""
    if checkpoint is None:
        return 0, ""
    state = json.loads(checkpoint.read_text())
    return state["step"], state["chain"]


def student_after(steps: int) -> str:
    """What a run of so many steps must end with, however often it was interrupted."""
    chain = ""
    for step in range(1, steps + 1):
        chain = hashlib.sha256(f"{chain} {step}".encode()).hexdigest()
    return chain


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("spec", type=Path)
    for name in ("--out", "--data", "--resume", "--teacher", "--origins", "--cache", *WEIGHTS):
        parser.add_argument(name, type=Path)
    for name in ("--events-fd", "--control-fd", "--cache-bytes"):
        parser.add_argument(name, type=int)
    parser.add_argument("--checkpoint-seconds", type=float)
    parser.add_argument("--fault")
    chosen = parser.parse_args()
    faults.arm(chosen.fault)
    return Double(chosen, json.loads(chosen.spec.read_text())["name"] or "").train()


if __name__ == "__main__":
    sys.exit(main())
