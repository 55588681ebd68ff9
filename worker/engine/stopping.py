"""When to end a training before its last epoch: a pure decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.spec.optimization import Stopping


@dataclass(frozen=True)
class Epoch:
    """One finished epoch.

    loss       mean training objective
    accuracy   on the validation split
    seconds    since the training began
    """

    number: int
    loss: float
    accuracy: float
    seconds: float


def reason_to_stop(stopping: Stopping, past: Sequence[Epoch]) -> str | None:
    """Why to stop after the last of these epochs, or None to go on."""
    last = past[-1]
    if stopping.target_accuracy is not None and last.accuracy >= stopping.target_accuracy:
        return f"validation accuracy {last.accuracy:.4f} reached target_accuracy {stopping.target_accuracy}"
    if stopping.target_loss is not None and last.loss <= stopping.target_loss:
        return f"training loss {last.loss:.4g} reached target_loss {stopping.target_loss}"
    if stopping.patience_epochs is not None and last.number - best(past).number >= stopping.patience_epochs:
        return f"no better validation accuracy in {stopping.patience_epochs} epochs"
    if stopping.max_seconds is not None and last.seconds >= stopping.max_seconds:
        return f"max_seconds {stopping.max_seconds} passed"
    return None


def best(past: Sequence[Epoch]) -> Epoch:
    """The first of the epochs with the highest accuracy."""
    return max(past, key=lambda epoch: epoch.accuracy)
