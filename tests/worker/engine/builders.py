"""Small things that engine tests are about; what does not matter to a test stays here."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.spec import JobSpec
from core.spec.methods import Method
from core.spec.optimization import Optimization
from tests.worker.engine.listener import Listener
from worker.engine import distill, registry
from worker.engine.answering import LiveTeacher, Plain
from worker.engine.clock import Clock, Time
from worker.engine.data.batches import Batch, TrainingBatches
from worker.engine.data.dataset import Dataset, Split, all_rows
from worker.engine.data.material import ImageMaterial
from worker.engine.data.normalization import Normalization
from worker.engine.data.splits import Splits
from worker.engine.models.architecture import Architecture
from worker.engine.moment import Features, Moment, Seen
from worker.engine.optimization import Schedule, optimizer
from worker.engine.randomness import Stream, seeded
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.tally import Tally
from worker.engine.taps import Tapped
from worker.engine.trainer import Trainer

CPU = torch.device("cpu")
HALF = Normalization((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
CLASSES = 4
FIRST = Time(step=0, epoch=0.0, epochs=1)


def a_split(images: int = 64, side: int = 8, classes: int = CLASSES) -> Split:
    """Images that a network can tell apart: each class is brighter in another corner."""
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(images) % classes
    pixels = torch.randint(0, 80, (images, side, side, 3), generator=random)
    half = side // 2
    for label in range(classes):
        y, x = (label // 2 % 2) * half, (label % 2) * half
        pixels[labels == label, y : y + half, x : x + half] += 120
    return all_rows(pixels.to(torch.uint8), labels)


def a_dataset(images: int = 64, test_images: int | None = None) -> Dataset:
    names = tuple(f"class {label}" for label in range(CLASSES))
    test = None if test_images is None else a_split(test_images)
    return Dataset("corners", names, a_split(images), test)


def a_network(seed: int = 0) -> nn.Module:
    """Convolution, normalisation, activation, pooling, classifier: one of each that matters."""
    with seeded(seed, "small"):
        network = nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(3, 8, 3, stride=2, padding=1),
                norm=nn.BatchNorm2d(8),
                relu=nn.ReLU(),
                pool=nn.AdaptiveAvgPool2d(2),
                flat=nn.Flatten(),
                fc=nn.Linear(32, CLASSES),
            )
        )
    return network.to(memory_format=torch.channels_last)


SMALL = Architecture("small", False, lambda classes, width, stem: a_network(), ("norm", "pool"), "fc", "fc")


def a_material(images: int = 50) -> ImageMaterial:
    """So many training images; of the other splits nothing is known."""
    nothing = a_split(0)
    return ImageMaterial(a_dataset(images), Splits(a_split(images), nothing, nothing), HALF, CPU)


def a_setting(
    student: nn.Module,
    *,
    teacher: nn.Module | None = None,
    training_images: int = 50,
    seed: int = 0,
    name: str = "it",
) -> Setting:
    """The small network may be the student, the teacher or both."""
    ear = partial(Tapped, teacher or a_network(seed=9).eval(), SMALL)
    return Setting(student, SMALL, a_material(training_images), ear, Stream(seed, name, CPU))


def a_moment(
    student: Tensor,
    teacher: Tensor | None = None,
    labels: Tensor | None = None,
    *,
    time: Time = FIRST,
    **features: Features,
) -> Moment:
    """A moment of which only the answers matter, and `student_features` and `teacher_features` if given."""
    labels = torch.zeros(len(student), dtype=torch.int64) if labels is None else labels
    images = torch.zeros(len(student), 3, 1, 1)
    seen = Seen(images, images, labels, torch.arange(len(student)))
    return Moment(time, seen, nn.Identity(), student, teacher, **features)


def at(step: int, steps_per_epoch: int = 4, epochs: int = 10) -> Time:
    """The time of this step."""
    return Clock(steps_per_epoch, epochs).at(step)


def as_seen(batch: Batch) -> Seen:
    """The batch as it is before any regularizer has changed it."""
    return Seen(batch.images, batch.images, batch.labels, batch.rows, batch.views)


def the_batches(split: Split | None = None, size: int = 16, **changes: Any) -> TrainingBatches:
    options = {"size": size, "augmentation": "none", "view_seed": 0, "seed": 0, "device": CPU}
    return TrainingBatches(split or a_split(), HALF, **{**options, **changes})


def a_batch(size: int = 16) -> Batch:
    return next(the_batches(size=size).epoch(1))


def a_trainer(
    network: nn.Module | None = None,
    *,
    method: Method | None = None,
    regularizers: Mapping[str, Regularizer] | None = None,
    teacher: nn.Module | None = None,
    **optimization: Any,
) -> Trainer:
    """A trainer of the small network; regularizers are attached to it."""
    network = network or a_network()
    settings = Optimization(**{"learning_rate": 0.1, **optimization})
    for name, regularizer in (regularizers or {}).items():
        regularizer.attach(a_setting(network, name=name))
    objective = registry.objective(method or Method(label_weight=1.0, terms=()))
    return Trainer(
        network.train(),
        objective,
        optimizer(network, settings, objective.parameters()),
        Schedule(peak=settings.learning_rate or 0.1, warmup_steps=0, steps=1000, cosine=False),
        Tally(CPU),
        Clock(steps_per_epoch=4, epochs=10),
        teacher=None if teacher is None else LiveTeacher(Plain(teacher)),
        regularizers=regularizers,
    )


def train(trainer: Trainer, epochs: int = 1, size: int = 16) -> dict[str, Tensor]:
    """The weights after some epochs."""
    for epoch in range(1, epochs + 1):
        for batch in the_batches(size=size).epoch(epoch):
            trainer.step(batch)
    return {name: value.clone() for name, value in trainer.network.state_dict().items()}


def same_bits(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def a_job(**changes: Any) -> JobSpec:
    """The smallest job that trains both networks: a quarter of the digits, one epoch each."""
    document = {
        "dataset": "digits",
        "teacher": {"stem": "imagenet", "source": {"kind": "train", "epochs": 1}},
        "student": {"stem": "imagenet", "width": 0.25},
        "optimization": {"epochs": 1, "augmentation": "crop", "compile": "off"},
        "evaluation": {"validation_fraction": 0.5, "test_fraction": 0.5, "latency_batches": [1]},
    }
    for field_name, value in changes.items():
        inner = document.get(field_name)
        document[field_name] = (
            {**inner, **value} if isinstance(inner, dict) and isinstance(value, dict) else value
        )
    return JobSpec.model_validate(document)


# A run that asks for everything at once.
WHOLE = a_job(
    student={"width": 0.5},
    regularizers=[
        {"kind": "l2", "strength": 1e-4},
        {"kind": "l1"},
        {"kind": "dropout", "placement": "stages"},
        {"kind": "weight_clipping", "max_abs": 0.1},
        {"kind": "gradient_clipping", "max_norm": 1.0},
    ],
    optimization={"epochs": 2},
)


class Run:
    """What one run left and told."""

    def __init__(self, out: Path, spec: JobSpec = WHOLE) -> None:
        self.out = out
        self.listener = Listener()
        self.report = distill(spec, out, reporter=self.listener)

    def json(self, name: str) -> Any:
        return json.loads((self.out / name).read_text())

    def sha256(self, name: str) -> str:
        return hashlib.sha256((self.out / name).read_bytes()).hexdigest()
