"""A term of the objective: a loss between student and teacher, or student and labels."""

from typing import Protocol, runtime_checkable

from worker.engine.moment import Moment
from worker.engine.shapes import Logits, Scalar


@runtime_checkable
class Term(Protocol):
    """Reads a moment, returns the mean over its batch."""

    reads_teacher: bool

    def __call__(self, moment: Moment) -> Scalar: ...


def teacher_logits(moment: Moment) -> Logits:
    """The teacher's answer, for a term that reads it."""
    assert moment.teacher is not None, "a term that reads the teacher runs beside one"
    return moment.teacher
