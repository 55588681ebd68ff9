"""The training step. It knows no method and no regularizer by name."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from core import faults
from worker.engine.data.batches import Batch
from worker.engine.moment import Moment
from worker.engine.objective import Objective
from worker.engine.optimization import Schedule, set_learning_rate
from worker.engine.regularizers.regularizer import Regularizer
from worker.engine.shapes import Images, Logits, Scalar
from worker.engine.tally import Tally

OBJECTIVE = "objective"


class Trainer:
    """Trains one network, a step at a time.

    teacher     a frozen network that the objective may read, or None
    autocast    what forward passes are cast to, or None for float32
    tally       receives every loss; the losses stay on the device
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        optimizer: Optimizer,
        schedule: Schedule,
        tally: Tally,
        *,
        teacher: nn.Module | None = None,
        regularizers: Mapping[str, Regularizer] | None = None,
        autocast: torch.dtype | None = None,
    ) -> None:
        self.network = network
        self.objective = objective
        self.optimizer = optimizer
        self.schedule = schedule
        self.tally = tally
        self.teacher = teacher if objective.reads_teacher else None
        self.regularizers = dict(regularizers or {})
        self.autocast = autocast
        self.steps = 0

    def step(self, batch: Batch) -> None:
        """One optimizer step. Nothing here is read on the host: a read would make the device wait."""
        faults.point("trainer.step")
        set_learning_rate(self.optimizer, self.schedule(self.steps))
        images = batch.images
        for regularizer in self.regularizers.values():
            images = regularizer.on_batch(self.steps, images)

        self.optimizer.zero_grad(set_to_none=True)
        with ExitStack() as elsewhere:
            for regularizer in self.regularizers.values():
                elsewhere.enter_context(regularizer.around_backward(self.steps))
            losses = self._losses(self._moment(images, batch))
            total = self.objective.total(losses)
            torch.autograd.backward(total)

        for regularizer in self.regularizers.values():
            regularizer.after_backward()
        self.optimizer.step()
        for regularizer in self.regularizers.values():
            regularizer.after_step()

        self.tally.add({OBJECTIVE: total, **losses}, images=len(batch.labels))
        self.steps += 1

    def state(self) -> dict[str, Any]:
        """Everything that the next steps depend on, and that can't be derived from the spec.

        No random state is among it: every draw is seeded by its step. No loss scale: bfloat16 needs none.
        """
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "regularizers": {name: one.state_dict() for name, one in self.regularizers.items()},
            "tally": self.tally.state(),
            "steps": self.steps,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of a trainer that was built from the same spec.

        raises KeyError, RuntimeError or ValueError if it is none
        """
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        for name, learned in same_names(state["regularizers"], self.regularizers).items():
            self.regularizers[name].load_state_dict(learned)
        self.tally.restore(state["tally"])
        self.steps = int(state["steps"])

    def _moment(self, images: Images, batch: Batch) -> Moment:
        teacher = None if self.teacher is None else self._teach(self.teacher, batch.images)
        return Moment(
            self.steps, images, batch.labels, self.network, self._answer(self.network, images), teacher
        )

    def _losses(self, moment: Moment) -> dict[str, Scalar]:
        losses = self.objective.losses(moment)
        for name, regularizer in self.regularizers.items():
            if (penalty := regularizer.penalty(moment)) is not None:
                losses[name] = penalty
        return losses

    @torch.no_grad()
    def _teach(self, teacher: nn.Module, images: Images) -> Logits:
        return self._answer(teacher, images)

    def _answer(self, network: nn.Module, images: Images) -> Logits:
        """Logits in float32: losses lose too much in less."""
        with torch.autocast(images.device.type, self.autocast, enabled=self.autocast is not None):
            logits: Logits = network(images)
        return logits.float()


def same_names(saved: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was saved, if it has exactly our own names.

    raises ValueError if not
    """
    if saved.keys() != own.keys():
        raise ValueError(f"saved were {sorted(saved)}, needed are {sorted(own)}")
    return saved
