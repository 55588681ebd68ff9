"""The training step. It knows no method and no regularizer by name."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from core import faults
from worker.engine import ranks
from worker.engine.answering import Answering, Plain, Teaching, answer
from worker.engine.clock import Clock, Time
from worker.engine.data.batches import Batch
from worker.engine.loss_scale import LossScale
from worker.engine.moment import Features, Moment, Seen
from worker.engine.objective import Objective
from worker.engine.optimization import Schedule, set_learning_rate
from worker.engine.regularizers.regularizer import Regularizer
from worker.engine.shapes import Scalar
from worker.engine.tally import Tally

OBJECTIVE = "objective"
HITS = "train/teacher_cache/hits"


class Trainer:
    """Trains one network, a step at a time.

    tapped      the same network, where terms read what it computes on the way
    clock       tells how far the training is, for what changes over time
    teacher     what the objective may read of a teacher, or None
    autocast    what forward passes are cast to, or None for float32
    parts       into which each batch is cut: only one is in memory at a time
    tally       receives every loss; the losses stay on the device
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        optimizer: Optimizer,
        schedule: Schedule,
        tally: Tally,
        clock: Clock,
        *,
        tapped: Answering | None = None,
        teacher: Teaching | None = None,
        regularizers: Mapping[str, Regularizer] | None = None,
        autocast: torch.dtype | None = None,
        parts: int = 1,
    ) -> None:
        self.network = network
        self.objective = objective
        self.optimizer = optimizer
        self.schedule = schedule
        self.tally = tally
        self.clock = clock
        self.tapped = tapped or Plain(network)
        self.teacher = teacher if objective.reads_teacher else None
        self.regularizers = dict(regularizers or {})
        self.autocast = autocast
        self.parts = parts
        self.scale = LossScale(optimizer, autocast, tally.device)
        self.steps = 0

    def prepare(self, epoch: int, goes_on: Callable[[], bool]) -> bool:
        """Called before the batches of an epoch; returns False if it was left, since `goes_on` said so."""
        return self.teacher is None or self.teacher.prepare(epoch, goes_on)

    @property
    def hits(self) -> float | None:
        """The share of the teacher's answers in this epoch that were known; None where none are kept."""
        return None if self.teacher is None else self.teacher.hits

    def step(self, batch: Batch) -> None:
        """One optimizer step. Nothing here is read on the host: a read would make the device wait."""
        faults.point("trainer.step")
        time = self.clock.at(self.steps)
        set_learning_rate(self.optimizer, self.schedule(self.steps))
        seen = Seen(batch.images, batch.images, batch.labels, batch.rows, batch.views)
        for regularizer in self.regularizers.values():
            seen = regularizer.on_batch(time, seen)

        self.optimizer.zero_grad(set_to_none=True)
        losses: dict[str, Scalar] = {}
        for number, part, share in self._own_parts(seen):
            found = self._backward(replace(time, part=number), part, share)
            losses = {name: losses[name] + loss for name, loss in found.items()} if losses else found
        if ranks.count() > 1:
            losses = self._together(losses)

        self.scale.unscale()
        for regularizer in self.regularizers.values():
            regularizer.after_backward(time)
        self.scale.step()
        for regularizer in self.regularizers.values():
            regularizer.after_step(time)

        self.tally.add(losses, images=len(batch.labels))
        self.steps += 1

    def complete(self) -> bool:
        """Whether every limit is as strict as it was asked to become."""
        return all(regularizer.complete() for regularizer in self.regularizers.values())

    @torch.no_grad()
    def within_limits(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """These weights of the network, under every limit as strict as it was asked to become.

        The training itself stays as it is.
        """
        parts = (self.network, *self.regularizers.values())
        before = [deepcopy(part.state_dict()) for part in parts]
        self.network.load_state_dict(weights)
        for regularizer in self.regularizers.values():
            regularizer.finish()
        limited = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        for part, state in zip(parts, before, strict=True):
            part.load_state_dict(state)
        return limited

    def measures(self) -> dict[str, float]:
        """What terms, regularizers, the loss scale and the teacher have to tell of the epoch that ends.

        What is on the device is read in one go.
        """
        found = {f"train/{what}": value for what, value in self.scale.measures().items()}
        found |= {
            f"train/regularizer/{name}/{what}": value
            for name, regularizer in self.regularizers.items()
            for what, value in regularizer.measures().items()
        }
        found |= {
            f"train/learned/{name}/{what}": value
            for name, part in self.objective.parts.items()
            for what, value in part.term.measures().items()
        }
        hits = {} if self.hits is None else {HITS: self.hits}
        read = torch.stack(list(found.values())).tolist() if found else []
        return {**dict(zip(found, read, strict=True)), **hits}

    def state(self) -> dict[str, Any]:
        """Everything that the next steps depend on, and that can't be derived from the spec.

        No random state is among it: every draw is seeded by its step.
        """
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scale": self.scale.state(),
            "regularizers": {name: one.state_dict() for name, one in self.regularizers.items()},
            "terms": self.objective.state(),
            "tally": self.tally.state(),
            "steps": self.steps,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of a trainer that was built from the same spec.

        raises KeyError, RuntimeError or ValueError if it is none
        """
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scale.restore(state["scale"])
        for name, learned in same_names(state["regularizers"], self.regularizers).items():
            self.regularizers[name].load_state_dict(learned)
        self.objective.restore(same_names(state["terms"], self.objective.parts))
        self.tally.restore(state["tally"])
        self.steps = int(state["steps"])

    def _own_parts(self, seen: Seen) -> list[tuple[int, Seen, float]]:
        """What this rank learns from: each part with its number, and its share of the batch's images.

        A short batch has fewer parts than there are ranks; who has none makes the step with a share of 0.
        """
        parts = seen.parts(self.parts * ranks.count())
        own = [(number, part, len(part) / len(seen)) for number, part in enumerate(parts)]
        return own[ranks.rank() :: ranks.count()] or [(0, parts[0], 0.0)]

    def _together(self, losses: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Add up the gradients and losses of all ranks. Statistics become their mean, and so stay alike."""
        learned = [one for group in self.optimizer.param_groups for one in group["params"]]
        gradients = [parameter.grad for parameter in learned if parameter.grad is not None]
        parts = (self.network, *(part.term for part in self.objective.parts.values()))
        statistics = [one for part in parts for one in part.buffers() if one.is_floating_point()]
        for one in statistics:
            one.div_(ranks.count())
        told = torch.stack(list(losses.values()))
        ranks.add_up([*gradients, *statistics, told])
        return dict(zip(losses, told.unbind(), strict=True))

    def _backward(self, time: Time, part: Seen, share: float) -> dict[str, Scalar]:
        """Add the gradient of one part of the batch; returns what it adds to each loss.

        share   of the batch's images. Every loss is a mean over images, so the shares of all parts add up to
                that of the batch; a penalty on weights is the same for each part, and so counts once
        """
        with ExitStack() as elsewhere:
            for regularizer in self.regularizers.values():
                elsewhere.enter_context(regularizer.around_backward(time))
            losses = self._losses(self._moment(time, part))
            total = self.objective.total(losses, time)
            torch.autograd.backward(self.scale.scaled(total), torch.full_like(total, share))
        found = {name: loss.detach() for name, loss in {OBJECTIVE: total, **losses}.items()}
        return found if share == 1 else {name: share * loss for name, loss in found.items()}

    def _moment(self, time: Time, seen: Seen) -> Moment:
        taught, teacher_features = (None, Features()) if self.teacher is None else self.teacher(seen)
        logits, features = answer(self.tapped, seen.images, self.autocast)
        return Moment(time, seen, self.network, logits, taught, features, teacher_features)

    def _losses(self, moment: Moment) -> dict[str, Scalar]:
        losses = self.objective.losses(moment)
        known = replace(moment, loss=self.objective.total(losses, moment.time))
        for name, regularizer in self.regularizers.items():
            if (penalty := regularizer.penalty(known)) is not None:
                losses[name] = penalty
        return losses


def same_names(saved: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was saved, if it has exactly our own names.

    raises ValueError if not
    """
    if saved.keys() != own.keys():
        raise ValueError(f"saved were {sorted(saved)}, needed are {sorted(own)}")
    return saved
