"""The engine's own training step, with the engine's own batches, on the workload of the comparison."""

import time
from collections.abc import Iterator
from typing import Literal

import torch

from bench import workload
from core.spec.logit_terms import SoftTargets
from core.spec.methods import Method
from core.spec.optimization import Optimization
from worker.engine import device, registry
from worker.engine.answering import LiveTeacher, Plain
from worker.engine.cache.table import Table
from worker.engine.cache.teacher import CachedTeacher
from worker.engine.clock import Clock
from worker.engine.data.batches import Batch, TrainingBatches
from worker.engine.data.dataset import all_rows
from worker.engine.data.normalization import Normalization
from worker.engine.models.folding import folded
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.pointwise import with_products
from worker.engine.optimization import autocast_type, optimizer, schedule
from worker.engine.tally import Tally
from worker.engine.trainer import Trainer

Teaching = Literal["live", "warm", "plain", "input"]
DISTILLED = Method(label_weight=workload.LABEL_WEIGHT, terms=(SoftTargets(),))
LABELS_ALONE = Method(label_weight=1.0, terms=())


class OurLoop:
    """Trains the student for some steps at a time.

    teaching    `live` asks the teacher in every step, `warm` looks its logits up, `plain` has none; `input`
                makes the batches and trains nothing
    """

    def __init__(self, teaching: Teaching = "live") -> None:
        self.teaching = teaching
        device.prepare()
        torch.manual_seed(0)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        optimization = Optimization(
            batch_size=workload.BATCH, learning_rate=workload.LEARNING_RATE, epochs=1000
        )
        autocast = autocast_type(optimization.precision, self.device)
        self.dtype = str(autocast or torch.float32).removeprefix("torch.")
        self.batches = self._batches(optimization)
        teacher, _ = workload.networks()
        student = with_products(self._place(MOBILENET_V2.build(workload.CLASSES, 1.0, "imagenet"))).train()
        self.trainer = Trainer(
            student,
            registry.objective(LABELS_ALONE if teaching == "plain" else DISTILLED),
            optimizer(student, optimization),
            schedule(optimization, warmup_epochs=0, epochs=1000, steps_per_epoch=len(self.batches)),
            Tally(self.device),
            Clock(len(self.batches), 1000),
            teacher=self._teacher(teacher, autocast),
            autocast=autocast,
        )
        self.epoch = 0

    def seconds(self, warm_up: int, steps: int) -> float:
        """Time so many steps, after some that are not timed; the tally is read at the end, as in training."""
        self.epoch += 1
        self.trainer.prepare(self.epoch, lambda: True)
        batches = self.batches.epoch(self.epoch)
        self._train(batches, warm_up)
        began = time.perf_counter()
        self._train(batches, steps)
        return time.perf_counter() - began

    def _train(self, batches: Iterator[Batch], steps: int) -> None:
        for _ in range(steps):
            batch = next(batches)
            if self.teaching != "input":
                self.trainer.step(batch)
        if self.teaching == "input":
            device.synchronize(self.device)
        else:
            self.trainer.tally.read()

    def _teacher(self, network: torch.nn.Module, autocast: torch.dtype | None) -> CachedTeacher | LiveTeacher:
        """The folded teacher; where its logits are looked up, `prepare` has them all in the table."""
        placed = Plain(self._place(folded(network).requires_grad_(False)))
        if self.teaching != "warm":
            return LiveTeacher(placed, autocast)
        table = Table(self.batches.split.rows, self.batches.augmentation, workload.CLASSES)
        return CachedTeacher(LiveTeacher(placed, autocast, halved=True), self.batches, table)

    def _place(self, network: torch.nn.Module) -> torch.nn.Module:
        return network.to(self.device).to(memory_format=torch.channels_last)

    def _batches(self, optimization: Optimization) -> TrainingBatches:
        pixels, labels = workload.images()
        return TrainingBatches(
            all_rows(torch.from_numpy(pixels), torch.from_numpy(labels)),
            Normalization(workload.MEAN, workload.STD),
            size=optimization.batch_size,
            augmentation=optimization.augmentation,
            view_seed=0,
            seed=0,
            device=self.device,
        )
