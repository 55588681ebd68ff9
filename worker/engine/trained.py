"""What a training leaves: a network, and how it came to its weights."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor, nn

from worker.engine.stopping import Epoch


@dataclass(frozen=True)
class Trained:
    """A network with the weights of its best epoch (the earliest of equals), and how it came to them.

    epochs, steps       done, not planned; the steps of an epoch that was left in the middle count too
    seconds             validation included; images_per_second leaves it out
    stopped             why it ended early, or None
    last                the weights at the end; None where an earlier attempt trained it
    """

    network: nn.Module
    best: Epoch
    epochs: int
    steps: int
    seconds: float
    images_per_second: float
    stopped: str | None
    last: Mapping[str, Tensor] | None = None

    def facts(self) -> dict[str, Any]:
        """All but the weights, for a checkpoint."""
        return {
            "best": asdict(self.best),
            "epochs": self.epochs,
            "steps": self.steps,
            "seconds": self.seconds,
            "images_per_second": self.images_per_second,
            "stopped": self.stopped,
        }


def from_facts(network: nn.Module, facts: Mapping[str, Any]) -> Trained:
    """The network as an earlier attempt trained it."""
    return Trained(network.eval(), **{**facts, "best": Epoch(**facts["best"])})
