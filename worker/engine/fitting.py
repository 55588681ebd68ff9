"""Train a network over epochs, and keep the one that is best on the validation split."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple
from typing import Any

from torch import Tensor, nn

from core.errors import Cancelled, Diverged
from core.spec.optimization import Stopping
from worker.engine.checkpoints import Checkpoints, Training
from worker.engine.data.batches import TrainingBatches
from worker.engine.data.tables.batches import TableBatches
from worker.engine.device import synchronize
from worker.engine.endings import Stopped, Suspended
from worker.engine.narrator import Narrator
from worker.engine.pace import Pace
from worker.engine.ranks import agreed
from worker.engine.stopping import Epoch, best, reason_to_stop
from worker.engine.tasks.task import Score
from worker.engine.trained import Trained
from worker.engine.trainer import OBJECTIVE, Trainer, same_names
from worker.engine.unfinished import remeasured

REPORTS = 20  # of losses in an epoch, at steps that no clock decides: a resumed run reports at the same
PROGRESS_SECONDS = 2.0
ASKED = "asked"

Values = Mapping[str, float]


class Fit:
    """The loop around the training step.

    measure    how good a network is on the validation split
    rename     from our metric names to those of this network; what it leaves out is not reported
    phase      of the run: a student may be stopped between two steps, a teacher at the end of an epoch
    past       finished epochs; the one under way is the next
    position   batches of the epoch under way that are done
    total      of the objective over the `seen` images of the epoch under way, at the last report
    """

    def __init__(
        self,
        trainer: Trainer,
        batches: TrainingBatches | TableBatches,
        measure: Callable[[nn.Module], Score],
        narrator: Narrator,
        rename: Callable[[Values], Values],
        *,
        phase: Training,
        checkpoints: Checkpoints,
    ) -> None:
        self.trainer = trainer
        self.batches = batches
        self.measure = measure
        self.narrator = narrator
        self.rename = rename
        self.phase = phase
        self.checkpoints = checkpoints
        self.every = max(1, len(batches) // REPORTS)
        self.pace = Pace()
        self.past: list[Epoch] = []
        self.weights: dict[str, Tensor] = {}
        self.position, self.total, self.seen = 0, 0.0, 0.0
        self.saved = 0  # steps that the last checkpoint has
        self.saved_best = 0  # the epoch of the best weights that it has
        self.began = time.monotonic()

    def run(self, epochs: int, stopping: Stopping, into: nn.Module) -> Trained:
        """Train for so many epochs, or until a stopping rule holds at the end of one, or someone asks.

        into   a network of the same layers, which receives the best weights. The trained one may carry what
               regularizers hung into its forward pass.

        raises Diverged; Suspended; Cancelled, unless a student is kept; Stopped, of a baseline
        """
        self.checkpoints.go_on(self.phase, self.restore)
        try:
            stopped = self._epochs(epochs, stopping)
        except Diverged:
            self._save_students()
            raise
        if stopped:
            self.narrator.log("info", f"stopped after epoch {len(self.past)} of {epochs}: {stopped}")
        into.load_state_dict(self._limited(self.weights))
        kept = best(self.past)
        return Trained(
            network=into.eval(),
            best=kept if kept.complete else remeasured(kept, into, self.measure, self.narrator),
            epochs=len(self.past),
            steps=self.trainer.steps,
            seconds=time.monotonic() - self.began,
            images_per_second=self.pace.mean(),
            stopped=stopped,
            last=self._limited(self.trainer.network.state_dict()),
        )

    def state(self) -> dict[str, Any]:
        """Everything that what follows depends on. The order of the images is none: it follows the epoch."""
        return {
            "trainer": self.trainer.state(),
            "position": self.position,
            "total": self.total,
            "seen": self.seen,
            "past": [astuple(epoch) for epoch in self.past],
            "weights": self.weights,
            "pace": self.pace.state(),
            "seconds": time.monotonic() - self.began,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        raises KeyError, RuntimeError, TypeError or ValueError if it is none
        """
        self.trainer.restore(state["trainer"])
        self.past = [Epoch(*epoch) for epoch in state["past"]]
        self.position, self.total, self.seen = int(state["position"]), state["total"], state["seen"]
        if self.trainer.steps != len(self.past) * len(self.batches) + self.position:
            raise ValueError(f"step {self.trainer.steps} is not batch {self.position} of its epoch")
        if self.past:
            own = self.trainer.network.state_dict()
            saved = same_names(state["weights"], own)
            self.weights = {name: saved[name].to(value.device) for name, value in own.items()}
        self.pace.restore(state["pace"])
        self.began = time.monotonic() - state["seconds"]
        self.saved, self.saved_best = self.trainer.steps, best(self.past).number if self.past else 0

    def _epochs(self, epochs: int, stopping: Stopping) -> str | None:
        """Train until the last epoch or until something ends it; returns what."""
        while (number := len(self.past) + 1) <= epochs:
            loss = self._train(number, epochs)
            if loss is None:
                return ASKED
            validated = self._validate(number, loss)
            mine = [loss, validated.fitness, validated.loss, time.monotonic() - self.began]
            loss, fitness, tie, seconds = agreed(mine)
            self.past.append(Epoch(number, loss, fitness, seconds, self.trainer.complete(), tie))
            self._keep_best()
            asked = ASKED if number < epochs and self.narrator.stop_requested() else None
            if reason := reason_to_stop(stopping, self.past) or asked:
                return reason
        return None

    def _keep_best(self) -> None:
        """Copy the weights if the last epoch is the best so far."""
        if best(self.past) is self.past[-1]:
            state = self.trainer.network.state_dict()
            self.weights = {name: value.detach().clone() for name, value in state.items()}

    def _limited(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """As they may be left to others: within limits as strict as they were asked to become."""
        return weights if best(self.past).complete else self.trainer.within_limits(weights)

    def _save_students(self, last: Mapping[str, Tensor] | None = None) -> None:
        """Also a job that diverged shows its best one."""
        if self.phase == "distil" and self.past:
            last = None if last is None else self._limited(last)
            self.checkpoints.save_students(self._limited(self.weights), last)

    def _train(self, number: int, epochs: int) -> float | None:
        """The rest of one pass over the training split; returns its mean objective, None if it was left."""
        self.trainer.network.train()
        self.pace.new_epoch()
        self.pace.start()
        if not self.trainer.prepare(number, lambda: self._goes_on(number, epochs)):
            return None
        for batch in self.batches.epoch(number, skip=self.position):
            if self._leaves():
                return None
            self.trainer.step(batch)
            self.position += 1
            self.pace.images += len(batch.labels)
            if self.position % self.every == 0 or self.position == len(self.batches):
                self._report(number)
                self._progress(number, epochs)
            elif self.pace.untold() > PROGRESS_SECONDS:
                synchronize(self.batches.device)  # or the pace would be that of launching work
                self._progress(number, epochs)
        loss = self.total / self.seen
        self.position, self.total, self.seen = 0, 0.0, 0.0
        return loss

    def _goes_on(self, number: int, epochs: int) -> bool:
        """Before the first step of an epoch, while the teacher is asked ahead: show life, and obey."""
        if self.pace.untold() > PROGRESS_SECONDS:
            self._progress(number, epochs)
        return not self._leaves()

    def _leaves(self) -> bool:
        """Between two steps: do what is asked for, and write a checkpoint if one is due.

        Who cancels keeps what there is: with an epoch done, training ends here, and the next phase refuses.
        """
        kept = self.phase == "distil" and bool(self.past)
        try:
            self.narrator.check()
        except Cancelled:
            if kept:
                return True
            raise
        if self.narrator.suspend_requested():
            self._save()
            raise Suspended
        if self.phase == "baseline" and self.narrator.stop_requested():
            raise Stopped
        if kept and self.narrator.stop_requested():
            return True
        if self.checkpoints.due():
            self._save()
        return False

    def _save(self) -> None:
        """Write a checkpoint, unless the last one has the same step."""
        if self.trainer.steps == self.saved:
            return
        self.pace.stop()
        number = best(self.past).number if self.past else 0
        self._save_students(self.trainer.network.state_dict())
        self.checkpoints.save(self.phase, self.state(), best=number != self.saved_best)
        self.saved, self.saved_best = self.trainer.steps, number
        self.pace.start()

    def _report(self, number: int) -> None:
        """Read the tally and tell: the one place at which training waits for the device."""
        means = self.trainer.tally.read()
        self.total += means.values[OBJECTIVE] * means.images
        self.seen += means.images
        terms = {f"train/term/{name}": value for name, value in means.values.items() if name != OBJECTIVE}
        rate = self.trainer.schedule(self.trainer.steps - 1)
        self._tell(number, {"train/loss": means.values[OBJECTIVE], **terms, "train/learning_rate": rate})

    def _progress(self, number: int, epochs: int) -> None:
        self.narrator.training(number, self.trainer.steps, epochs * len(self.batches), self.pace.rate())

    def _validate(self, number: int, loss: float) -> Score:
        """Measure the epoch, and tell of it together with its mean objective."""
        self.pace.stop()
        validated = self.measure(self.trainer.network)
        if not math.isfinite(validated.loss):
            raise Diverged(f"after epoch {number} the validation loss is {validated.loss}")
        measured = {f"validation/{name}": value for name, value in validated.metrics.items()}
        self._tell(number, {"train/epoch_loss": loss, **measured, **self.trainer.measures()})
        return validated

    def _tell(self, number: int, values: Values) -> None:
        self.narrator.metrics(self.trainer.steps, number, self.rename(values))
