"""A trainer that trains nothing: it speaks the protocol, takes two seconds and writes small files.

A double of the trainer, never of a server. DISTILLERY_TRAINER=tests.stand_in_trainer puts it in place;
the job's name says what goes wrong: `crash`, `diverge`, `hang`.
"""

import argparse
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

STEPS = 20


class Double:
    """Says what a trainer says."""

    def __init__(self, events_fd: int, control_fd: int, seconds: float) -> None:
        self._events = os.fdopen(events_fd, "w", buffering=1)
        self._pause = seconds / STEPS
        self._cancelled = threading.Event()
        threading.Thread(target=self._listen, args=(control_fd,), daemon=True).start()

    def say(self, event: str, **data: Any) -> None:
        self._events.write(json.dumps({"event": event, "at": time.time(), **data}) + "\n")

    def train(self, name: str) -> int:
        self.say("phase", phase="distil")
        for step in range(1, STEPS + 1):
            if self._cancelled.is_set():
                return 5
            if name == "hang":
                threading.Event().wait()
            if name == "crash" and step == STEPS // 2:
                os.abort()
            if name == "diverge" and step == STEPS // 2:
                self.say(
                    "error", code="diverged", detail="loss is nan", hint=None, phase="distil", retryable=False
                )
                return 1
            self._step(step)
        return 0

    def _step(self, step: int) -> None:
        time.sleep(self._pause)
        values = {"train/loss": 1 / step, "validation/accuracy": step / STEPS}
        self.say("metrics", step=step, epoch=float(step), seconds=step * self._pause, values=values)
        self.say(
            "progress", phase="distil", epoch=step, epochs=STEPS, step=step, steps=STEPS,
            fraction=step / STEPS, images_per_second=100.0, eta_seconds=(STEPS - step) * self._pause,
        )  # fmt: skip
        print(f"step {step}", flush=True)  # noqa: T201

    def _listen(self, control_fd: int) -> None:
        with os.fdopen(control_fd) as control:
            for line in control:
                if json.loads(line)["command"] == "cancel":
                    self._cancelled.set()
        os._exit(9)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("spec", type=Path)
    for name in ("--out", "--data"):
        parser.add_argument(name, type=Path)
    for name in ("--events-fd", "--control-fd"):
        parser.add_argument(name, type=int)
    chosen = parser.parse_args()
    spec = json.loads(chosen.spec.read_text())
    double = Double(chosen.events_fd, chosen.control_fd, seconds=2.0)
    status = double.train(spec["name"] or "")
    if status == 0:
        for name, content in (("student.safetensors", b"a student"), ("report.json", b"{}")):
            path = chosen.out / name
            path.write_bytes(content)
            double.say("artifact", name=name, path=str(path), bytes=len(content))
        summary = {"teacher_accuracy": 0.9, "student_accuracy": 0.8, "compression": 5.0, "speedup": 2.0}
        double.say("result", summary=summary)
    return status


if __name__ == "__main__":
    sys.exit(main())
