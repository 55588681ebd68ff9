"""What a further format of the student must be able to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Tensor

from worker.engine.exports.subject import Subject

Answering = Callable[[Tensor], Tensor]
TOLERANCE = (
    1e-3  # of the largest logit: float32 is added up in another order elsewhere, which costs some 1e-6
)


@dataclass(frozen=True)
class Compared:
    """What a file answers on the test split, held against the network that it was made of.

    max_abs_difference    between two logits of the same image and class; NaN if the file answered with none
    largest_logit         of the network, by absolute value
    agreement             share of the images on which both decide alike
    accuracy_change       of the file, less that of the network
    r2, r2_change         the same, where a measure is predicted and there is no accuracy: the share of its
                          spread that is explained; None where the test rows have no spread
    """

    max_abs_difference: float
    largest_logit: float
    agreement: float | None
    accuracy: float | None
    accuracy_change: float | None
    r2: float | None = None
    r2_change: float | None = None


@runtime_checkable
class Export(Protocol):
    """One format.

    file        its name
    make        its content
    open        a program that reads this content as anyone would, and answers batches of inputs with logits
    complaint   why a file that compares so must not be handed over, or None
    """

    file: str

    def make(self, subject: Subject) -> bytes: ...
    def open(self, content: bytes) -> Answering: ...
    def complaint(self, compared: Compared) -> str | None: ...


def differs(compared: Compared) -> str | None:
    """The complaint about a format that promises the network's own answers."""
    allowed = TOLERANCE * max(1.0, compared.largest_logit)
    if compared.max_abs_difference <= allowed:  # NaN is not
        return None
    return f"its logits differ by {compared.max_abs_difference:.3g}, allowed are {allowed:.3g}"
