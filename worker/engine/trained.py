"""What a training leaves: a network, and how it came to its weights."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor, nn

from worker.engine.data.scaling import Scaling
from worker.engine.stopping import Epoch

NOT_TOLD = ("complete", "validation_loss")  # they decide which epoch is the best, and no more


@dataclass(frozen=True)
class Trained:
    """A network with the weights of its best epoch, and how it came to them.

    epochs, steps       done, not planned; the steps of an epoch that was left in the middle count too
    seconds             validation included; images_per_second leaves it out
    stopped             why it ended early, or None
    given               whence the weights came that it began with; None where they were random
    last                the weights at the end; None where an earlier attempt trained it
    normalization       of the images that it sees, where that is not the one of the run
    """

    network: nn.Module
    best: Epoch
    epochs: int
    steps: int
    seconds: float
    images_per_second: float | None
    stopped: str | None
    given: Mapping[str, Any] | None = None
    last: Mapping[str, Tensor] | None = None
    normalization: Scaling | None = None

    def facts(self) -> dict[str, Any]:
        """All but the weights and what stands in the header of their file, for a checkpoint."""
        return {
            "best": {name: value for name, value in asdict(self.best).items() if name not in NOT_TOLD},
            "epochs": self.epochs,
            "steps": self.steps,
            "seconds": self.seconds,
            "images_per_second": self.images_per_second,
            "stopped": self.stopped,
            **({} if self.given is None else {"given": dict(self.given)}),
        }


def untrained(
    network: nn.Module, measured: Epoch, given: Mapping[str, Any], normalization: Scaling | None
) -> Trained:
    """A network that is used as it was given; `measured` is of epoch 0."""
    return Trained(
        network.eval(), measured, epochs=0, steps=0, seconds=0.0, images_per_second=None, stopped=None,
        given=given, normalization=normalization,
    )  # fmt: skip


def from_facts(network: nn.Module, facts: Mapping[str, Any], normalization: Scaling | None) -> Trained:
    """The network as an earlier attempt trained it."""
    best = Epoch(**facts["best"])
    return Trained(network.eval(), **{**facts, "best": best, "normalization": normalization})
