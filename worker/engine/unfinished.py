"""What to say of a network whose training ended before its limits were complete."""

from collections.abc import Callable
from dataclasses import replace

from torch import nn

from worker.engine.narrator import Narrator
from worker.engine.ranks import agreed
from worker.engine.stopping import Epoch
from worker.engine.tasks.task import Score


def remeasured(
    epoch: Epoch, network: nn.Module, measure: Callable[[nn.Module], Score], narrator: Narrator
) -> Epoch:
    """The epoch as its weights are, now that they were brought within the limits.

    measure    how good a network is on the validation split
    """
    validated = measure(network)
    fitness, loss = agreed([validated.fitness, validated.loss])
    now = ", ".join(f"{name} {value:.4g}" for name, value in validated.metrics.items())
    narrator.log(
        "warning",
        f"training ended before its limits were as strict as they were asked to become: the weights of epoch "
        f"{epoch.number} were brought within them, and not trained since. On the validation split: {now}",
    )
    return replace(epoch, fitness=fitness, validation_loss=loss, complete=True)
