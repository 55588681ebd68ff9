"""Train a network over epochs, and keep the best one by its accuracy on the validation split."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from core.errors import Diverged
from core.spec.optimization import Stopping
from worker.engine.data.batches import TrainingBatches
from worker.engine.data.dataset import Split
from worker.engine.data.normalization import Normalization
from worker.engine.evaluation import Score, predict, score
from worker.engine.narrator import Narrator
from worker.engine.stopping import Epoch, best, reason_to_stop
from worker.engine.tally import Means
from worker.engine.trainer import OBJECTIVE, Trainer

REPORT_SECONDS = 2.0

Values = Mapping[str, float]


@dataclass(frozen=True)
class Trained:
    """A network with the weights of its best epoch (the earliest of equals), and how it came to them.

    epochs, steps       done, not planned
    seconds             validation included; images_per_second leaves it out
    stopped             why it ended early, or None
    """

    network: nn.Module
    best: Epoch
    epochs: int
    steps: int
    seconds: float
    images_per_second: float
    stopped: str | None


class Fit:
    """The loop around the training step.

    rename   from our metric names to those of this network; what it leaves out is not reported
    """

    def __init__(
        self,
        trainer: Trainer,
        batches: TrainingBatches,
        validation: Split,
        normalization: Normalization,
        narrator: Narrator,
        rename: Callable[[Values], Values],
    ) -> None:
        self.trainer = trainer
        self.batches = batches
        self.validation = validation
        self.normalization = normalization
        self.narrator = narrator
        self.rename = rename
        self.past: list[Epoch] = []
        self.weights: dict[str, Tensor] = {}
        self.training_seconds = 0.0
        self.images = 0

    def run(self, epochs: int, stopping: Stopping, into: nn.Module) -> Trained:
        """Train for so many epochs, or until a stopping rule holds at the end of one.

        into   a network of the same layers, which receives the best weights. The trained one may carry what
               regularizers hung into its forward pass.

        raises Diverged, Cancelled
        """
        began = time.monotonic()
        stopped = None
        for number in range(1, epochs + 1):
            self.past.append(self._epoch(number, epochs, began))
            self._keep_best()
            if stopped := reason_to_stop(stopping, self.past):
                self.narrator.log("info", f"stopped after epoch {number} of {epochs}: {stopped}")
                break
        into.load_state_dict(self.weights)
        return Trained(
            network=into.eval(),
            best=best(self.past),
            epochs=len(self.past),
            steps=self.trainer.steps,
            seconds=time.monotonic() - began,
            images_per_second=self.images / self.training_seconds,
            stopped=stopped,
        )

    def _keep_best(self) -> None:
        """Copy the weights if the last epoch is the best so far."""
        if best(self.past) is self.past[-1]:
            state = self.trainer.network.state_dict()
            self.weights = {name: value.detach().clone() for name, value in state.items()}

    def _epoch(self, number: int, epochs: int, began: float) -> Epoch:
        loss = self._train(number, epochs)
        validated = self._validate(number)
        return Epoch(number, loss, validated.accuracy, time.monotonic() - began)

    def _train(self, number: int, epochs: int) -> float:
        """One pass over the training split; returns the mean objective."""
        self.trainer.network.train()
        interval = time.monotonic()
        total = seen = 0.0
        for position, batch in enumerate(self.batches.epoch(number), start=1):
            self.narrator.check()
            self.trainer.step(batch)
            if position == len(self.batches) or time.monotonic() - interval > REPORT_SECONDS:
                means = self._report(number, epochs, interval)
                total += means.values[OBJECTIVE] * means.images
                seen += means.images
                interval = time.monotonic()
        return total / seen

    def _report(self, number: int, epochs: int, since: float) -> Means:
        """Read the tally and tell; the device is waited for here, so the seconds count its work too."""
        means = self.trainer.tally.read()
        seconds = time.monotonic() - since
        self.training_seconds += seconds
        self.images += means.images
        terms = {f"train/term/{name}": value for name, value in means.values.items() if name != OBJECTIVE}
        steps = self.trainer.steps
        rate = self.trainer.schedule(steps - 1)
        self._tell(number, {"train/loss": means.values[OBJECTIVE], **terms, "train/learning_rate": rate})
        self.narrator.training(number, steps, epochs * len(self.batches), means.images / seconds)
        return means

    def _validate(self, number: int) -> Score:
        validated = score(
            predict(self.trainer.network, self.validation, self.normalization), self.validation.labels
        )
        if not math.isfinite(validated.nll):
            raise Diverged(f"after epoch {number} the validation loss is {validated.nll}")
        self._tell(number, {"validation/accuracy": validated.accuracy, "validation/loss": validated.nll})
        return validated

    def _tell(self, number: int, values: Values) -> None:
        self.narrator.metrics(self.trainer.steps, number, self.rename(values))
