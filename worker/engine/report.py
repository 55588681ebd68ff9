"""What was gained and what was lost, measured."""

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torchvision

from core.spec import JobSpec
from core.spec.models import Student, Teacher
from core.spec.resolve import Origins
from worker.engine.data.material import Material
from worker.engine.data.tables.material import TableMaterial
from worker.engine.device import describe
from worker.engine.latency import PROTOCOL, Latency
from worker.engine.measures.cost import CONVENTION, macs, parameters, weights
from worker.engine.measures.memory import peak
from worker.engine.measures.pairs import pair
from worker.engine.optimization import precision_in_effect
from worker.engine.reporter import Phase, Summary
from worker.engine.shapes import Logits
from worker.engine.tasks.task import Score, Task
from worker.engine.trained import Trained

Report = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """One of the two networks, with everything that was measured of it."""

    chosen: Teacher | Student
    trained: Trained
    test: Score
    answers: Logits
    latency: Sequence[Latency]
    file: bytes

    @property
    def parameters(self) -> int:
        return parameters(self.trained.network)


def summary(task: Task, teacher: Measured, student: Measured) -> Summary:
    """The result in four numbers. `speedup` is at the first of the batch sizes that were timed."""
    timed = teacher.latency and student.latency
    return {
        f"teacher_{task.quality}": teacher.test.metrics[task.quality],
        f"student_{task.quality}": student.test.metrics[task.quality],
        "compression": teacher.parameters / student.parameters,
        "speedup": teacher.latency[0].p50_seconds / student.latency[0].p50_seconds if timed else None,
    }


def report(
    spec: JobSpec,
    task: Task,
    origins: Origins,
    material: Material,
    teacher: Measured,
    student: Measured,
    compared: Mapping[str, Any],
    exports: Mapping[str, Mapping[str, Any]],
    hits: Sequence[float],
    seconds: Mapping[Phase, float],
    ranks: int,
) -> Report:
    """Everything as one JSON document; accuracies are shares from 0 to 1, times seconds, losses nats.

    The peak of memory is that of all that went before: evaluation, exports and measurements count.

    hits    the share of each epoch's teacher logits that were looked up
    ranks   processes that trained together
    """
    return {
        "task": spec.task,
        "name": spec.name,
        "seed": spec.seed,
        "summary": summary(task, teacher, student),
        "dataset": material.told(),
        "teacher": _network(task, teacher, material),
        "student": _network(task, student, material),
        **compared,
        "exports": exports,
        "teacher_cache": _looked_up(hits, len(material.splits.train)),
        "latency_protocol": PROTOCOL,
        "macs_convention": CONVENTION,
        "peak_memory": asdict(peak(material.device)),
        "seconds": {**seconds, "total": sum(seconds.values())},
        "hardware": {
            **describe(material.device),
            "ranks": ranks,
            "precision": precision_in_effect(spec.optimization.precision, material.device),
        },
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        },
        "spec": spec.model_dump(mode="json"),
        "origins": origins,
    }


def _looked_up(hits: Sequence[float], images: int) -> Report | None:
    """How many logits were known, and how many were computed; None where the teacher was asked live."""
    known = sum(round(share * images) for share in hits)
    return {"hits": known, "misses": len(hits) * images - known} if hits else None


def against(
    task: Task,
    material: Material,
    alone: Trained | None,
    answers: Mapping[str, Logits],
    scores: Mapping[str, Score],
) -> Report:
    """The student without a teacher, and the student held against it; null where there is none."""
    if alone is None:
        return {"baseline": None, "student_against_baseline": None}
    labels = material.splits.test.labels
    gain = pair(answers["baseline"], answers["student"], labels) if task.has_classes else None
    return {
        "baseline": {
            "test": task.told(scores["baseline"], answers["baseline"], labels),
            **_trained(task, alone),
        },
        "student_against_baseline": None if gain is None else asdict(gain),
    }


def _trained(task: Task, trained: Trained) -> Report:
    return {
        f"validation_{task.quality}": task.value(trained.best.fitness),
        "best_epoch": trained.best.number,
        "epochs": trained.epochs,
        "steps": trained.steps,
        "stopped": trained.stopped,
        "training_seconds": trained.seconds,
        "images_per_second": trained.images_per_second,
    }


def _network(task: Task, measured: Measured, material: Material) -> Report:
    trained = measured.trained
    return {
        **measured.chosen.model_dump(mode="json", include=_facts(material)),
        "source": dict(trained.given or {"kind": measured.chosen.source.kind}),
        "normalization": asdict(material.normalized_by(trained.normalization).normalization),
        "parameters": measured.parameters,
        "weights": weights(trained.network),
        "macs": macs(trained.network, material.example(1)),
        "file": {"bytes": len(measured.file), "sha256": hashlib.sha256(measured.file).hexdigest()},
        "test": task.told(measured.test, measured.answers, material.splits.test.labels),
        **_trained(task, trained),
        "latency": [asdict(one) | {"images_per_second": one.per_second} for one in measured.latency],
    }


def _facts(material: Material) -> set[str]:
    """What tells the size of a network beside its architecture."""
    rows = isinstance(material, TableMaterial)
    return {"architecture", "hidden", "activation"} if rows else {"architecture", "width", "stem"}
