"""A training as the engine makes it of a job, some steps at a time."""

import time
from collections.abc import Iterator

from torch import nn

from core.spec import JobSpec
from core.spec.resolve import resolve
from worker.engine import device, registry
from worker.engine.data.batches import Batch
from worker.engine.data.material import Material
from worker.engine.loading import load
from worker.engine.models.folding import folded
from worker.engine.models.pointwise import with_products
from worker.engine.narrator import Narrator
from worker.engine.reporter import ConsoleReporter
from worker.engine.student import build_student, take_classifier, the_trainer


class TimedTraining:
    """The student of a job, beside a teacher that knows nothing: it takes as long as one that does."""

    def __init__(self, spec: JobSpec) -> None:
        device.prepare()
        spec, _ = resolve(spec, registry.facts(spec.dataset, None))
        material = load(spec, None, device.choose(spec.resources))
        network, teacher = with_products(build_student(spec, material)), _teacher(spec, material)
        take_classifier(spec, material, network, teacher)
        self.batches = material.batches(spec.optimization, spec.seed)
        silent = Narrator(ConsoleReporter(), {})
        self.trainer = the_trainer(spec, material, network.train(), teacher, self.batches, silent)
        self.epoch = 0

    def seconds(self, warm_up: int, steps: int) -> float:
        """Time so many steps of one epoch, after some that are not timed."""
        self.epoch += 1
        batches = self.batches.epoch(self.epoch)
        self._train(batches, warm_up)
        began = time.perf_counter()
        self._train(batches, steps)
        return time.perf_counter() - began

    def _train(self, batches: Iterator[Batch], steps: int) -> None:
        for _ in range(steps):
            self.trainer.step(next(batches))
        self.trainer.tally.read()


def _teacher(spec: JobSpec, material: Material) -> nn.Module:
    network = registry.network(spec.teacher, material.inputs, material.classes, spec.seed, "teacher")
    return material.place(folded(network).requires_grad_(False).eval())
