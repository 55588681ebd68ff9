"""Writes checkpoints when they are due, and lays out the one that a run goes on from."""

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from core import faults
from worker.engine.checkpoint import FORMAT, Checkpoint, encode, read, refusing
from worker.engine.exports.files import reserve, write
from worker.engine.failures import coded
from worker.engine.narrator import Narrator
from worker.engine.reporter import STUDENTS, Kind, Saved

Training = Literal["teacher", "distil", "baseline"]
State = dict[str, Any]


class Checkpoints:
    """The checkpoints of one run.

    seconds     between two of them; None writes none at all
    identity    what a checkpoint must be of, to go on from it
    software    kept beside it; where it differs, the last bits may
    student     makes the file of a student with these weights
    """

    def __init__(
        self,
        folder: Path,
        seconds: float | None,
        narrator: Narrator,
        identity: dict[str, str],
        software: dict[str, str | int],
        student: Callable[[Mapping[str, Tensor]], bytes] | None = None,
    ) -> None:
        self.folder = folder
        self.seconds = seconds
        self.narrator = narrator
        self.identity = identity
        self.software = software
        self.student = student
        self.best = ""
        self.sequence = 0
        self.teacher: State | None = None
        self.teacher_file = b""
        self.teacher_is_safe = True
        self.distilled: State | None = None
        self.past: Checkpoint | None = None
        self.wrote = time.monotonic()

    def resume(self, checkpoint: Path, teacher: Path | None) -> None:
        """Go on from a checkpoint, and from the file of the teacher if it names one.

        raises CheckpointUnreadable if one is damaged, or not of this run
        """
        past = read(checkpoint, self.identity)
        with refusing(checkpoint.name):
            if (past["phase"] == "teacher") is not (past["teacher"] is None):
                raise ValueError(f"its phase can't be {past['phase']}")
            self.sequence, self.teacher, self.past = int(past["sequence"]), past["teacher"], past
            if past["phase"] == "baseline":
                self.distilled = past["training"]["distilled"]
            self.narrator.restore(past["narrator"])
            self._compare(past["software"])
            if self.teacher is not None:
                self.teacher_file = _named(teacher, self.teacher["sha256"])

    def go_on(self, phase: Training, restore: Callable[[State], None]) -> None:
        """Hand over the state of the training in this phase, if the checkpoint was written in it."""
        past, self.past = self.past, None
        if past is None or past["phase"] != phase:
            return
        with refusing("the checkpoint"):
            training = past["training"]["training"] if phase == "baseline" else past["training"]
            if training is not None:
                restore(training)

    def due(self) -> bool:
        return self.seconds is not None and time.monotonic() - self.wrote >= self.seconds

    def save(self, phase: Training, training: State | None, *, best: bool = False) -> None:
        """Write the state of a training and tell of it. A full disk costs this checkpoint, not the run."""
        self.wrote = time.monotonic()
        if self.seconds is None or not self._save_teacher():
            return
        if phase == "baseline":
            training = {"distilled": self.distilled, "training": training}
        content = {
            "format": FORMAT,
            "sequence": self.sequence + 1,
            "identity": self.identity,
            "software": self.software,
            "phase": phase,
            "teacher": self.teacher,
            "training": training,
            "narrator": self.narrator.state(),
        }
        self._write("training", "checkpoint", ".pt", encode(content), best=best)

    def save_students(self, best: Mapping[str, Tensor], last: Mapping[str, Tensor] | None = None) -> None:
        """For a job that is cancelled when nobody is there to write them: while it is paused, say.

        last    None where it is broken
        """
        if self.seconds is None or self.student is None:
            return
        file = self.student(best)
        digest = hashlib.sha256(file).hexdigest()
        if digest != self.best and self._write("best", "student", ".safetensors", file):
            self.best = digest
        if last is not None:
            self._write("last", "student.last", ".safetensors", self.student(last))

    def teacher_trained(self, file: bytes, how: State) -> None:
        """The teacher is done: its weights are kept once, and from here on only named."""
        self.teacher = {"sha256": hashlib.sha256(file).hexdigest(), "trained": how}
        self.teacher_file, self.teacher_is_safe = file, False
        self.save("distil", None)

    def student_trained(self, distilled: State) -> None:
        """The student is done: it is kept as a whole while the baseline trains."""
        self.distilled = distilled
        self.save("baseline", None)

    def _save_teacher(self) -> bool:
        """Before the first checkpoint that names it, and again if it could not be written then."""
        if not self.teacher_is_safe:
            self.teacher_is_safe = self._write("teacher", "teacher", ".safetensors", self.teacher_file)
        return self.teacher_is_safe

    def _write(
        self, kind: Kind, stem: str, suffix: str, content: bytes | memoryview, *, best: bool = False
    ) -> bool:
        what = "student" if kind in STUDENTS else "checkpoint"
        self.sequence += 1
        path = self.folder / f"{stem}-{self.sequence:06}{suffix}"
        try:
            reserve(self.folder, len(content))
            write(path, content, what)
        except OSError as error:
            path.unlink(missing_ok=True)  # renamed already, but perhaps not on the disk
            self.narrator.log("error", f"{what} {self.sequence} is lost: {coded(error).detail}")
            return False
        digest = hashlib.sha256(content).hexdigest()
        self.narrator.checkpoint(Saved(path, kind, self.sequence, best, digest))
        faults.point(f"{what}.reported")
        return True

    def _compare(self, before: dict[str, str | int]) -> None:
        """Say what is no longer the same, so that nobody wonders about a last digit."""
        for name, value in self.software.items():
            if before[name] != value:
                self.narrator.log("warning", f"resumed with another {name}: {value}, before {before[name]}")


def _named(teacher: Path | None, sha256: str) -> bytes:
    """The file of the teacher, which must be the one that the checkpoint names."""
    if teacher is None:
        raise ValueError("it needs its teacher, and none was given")
    content = teacher.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise ValueError(f"its teacher is {sha256}, and {teacher.name} is {found}")
    return content
