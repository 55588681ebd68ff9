"""When to end a training before its last epoch: a pure decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.spec.optimization import Stopping


@dataclass(frozen=True)
class Epoch:
    """One finished epoch.

    loss       mean training objective
    fitness    on the validation split: the higher, the better; the accuracy where there are classes
    seconds    since the training began
    complete   whether every limit was as strict by then as it was asked to become
    validation_loss   tells equally fit epochs apart: the lower, the better
    """

    number: int
    loss: float
    fitness: float
    seconds: float
    complete: bool = True
    validation_loss: float = 0.0


def reason_to_stop(stopping: Stopping, past: Sequence[Epoch]) -> str | None:
    """Why to stop after the last of these epochs, or None to go on.

    What an epoch is good for counts once its limits are complete; its seconds count at once.
    """
    last = past[-1]
    if last.complete and (reason := _good_enough(stopping, past)):
        return reason
    if stopping.max_seconds is not None and last.seconds >= stopping.max_seconds:
        return f"max_seconds {stopping.max_seconds} passed"
    return None


def _good_enough(stopping: Stopping, past: Sequence[Epoch]) -> str | None:
    last = past[-1]
    if stopping.target_accuracy is not None and last.fitness >= stopping.target_accuracy:
        return f"validation accuracy {last.fitness:.4f} reached target_accuracy {stopping.target_accuracy}"
    if stopping.target_loss is not None and last.loss <= stopping.target_loss:
        return f"training loss {last.loss:.4g} reached target_loss {stopping.target_loss}"
    since_best = last.number - best(past).number
    if stopping.patience_epochs is not None and since_best >= stopping.patience_epochs:
        return f"no better validation in {stopping.patience_epochs} epochs"
    return None


def best(past: Sequence[Epoch]) -> Epoch:
    """The fittest of the epochs: of those under complete limits, if there are any.

    Of equally fit ones, as there are many where few images are validated, it is the one whose validation loss
    is the lowest; of these, the first.
    """
    return max(past, key=lambda epoch: (epoch.complete, epoch.fitness, -epoch.validation_loss))
