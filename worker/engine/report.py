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
from worker.engine.device import describe
from worker.engine.evaluation import Score
from worker.engine.latency import PROTOCOL, Latency
from worker.engine.measures.calibration import calibration
from worker.engine.measures.classes import changes, confusion, lost_most, newly_confused
from worker.engine.measures.cost import CONVENTION, macs, parameters
from worker.engine.measures.memory import Peak
from worker.engine.measures.pairs import pair
from worker.engine.measures.ranking import top_five
from worker.engine.reporter import Phase, Summary
from worker.engine.shapes import Logits
from worker.engine.trained import Trained

Report = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """One of the two networks, with everything that was measured of it."""

    chosen: Teacher | Student
    trained: Trained
    test: Score
    logits: Logits
    latency: Sequence[Latency]
    file: bytes

    @property
    def parameters(self) -> int:
        return parameters(self.trained.network)


def summary(teacher: Measured, student: Measured) -> Summary:
    """The result in four numbers. `speedup` is at the first of the batch sizes that were timed."""
    timed = teacher.latency and student.latency
    return {
        "teacher_accuracy": teacher.test.accuracy,
        "student_accuracy": student.test.accuracy,
        "compression": teacher.parameters / student.parameters,
        "speedup": teacher.latency[0].p50_seconds / student.latency[0].p50_seconds if timed else None,
    }


def report(
    spec: JobSpec,
    origins: Origins,
    material: Material,
    teacher: Measured,
    student: Measured,
    agreement: float,
    exports: Mapping[str, Mapping[str, Any]],
    memory: Peak,
    seconds: Mapping[Phase, float],
) -> Report:
    """Everything as one JSON document; accuracies are shares from 0 to 1, times seconds, losses nats."""
    return {
        "task": spec.task,
        "name": spec.name,
        "seed": spec.seed,
        "summary": summary(teacher, student),
        "dataset": _dataset(material),
        "teacher": _network(teacher, material),
        "student": _network(student, material),
        "agreement": agreement,
        **_compared(teacher, student, material),
        "exports": exports,
        "latency_protocol": PROTOCOL,
        "macs_convention": CONVENTION,
        "peak_memory": asdict(memory),
        "seconds": {**seconds, "total": sum(seconds.values())},
        "hardware": describe(material.device),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        },
        "spec": spec.model_dump(mode="json"),
        "origins": origins,
    }


def _dataset(material: Material) -> Report:
    return {
        "name": material.dataset.name,
        "digest": material.dataset.digest,
        "class_names": list(material.dataset.class_names),
        "image_size": material.dataset.image_size,
        "train_images": len(material.splits.train),
        "validation_images": len(material.splits.validation),
        "test_images": len(material.splits.test),
        **asdict(material.normalization),
    }


def _compared(teacher: Measured, student: Measured, material: Material) -> Report:
    """The student's answers on the test split held against the teacher's, as a whole and class by class."""
    labels, names = material.splits.test.labels, material.dataset.class_names
    found = changes(teacher.logits, student.logits, labels, names)
    taught, learned = (confusion(one.logits, labels) for one in (teacher, student))
    return {
        "student_against_teacher": asdict(pair(teacher.logits, student.logits, labels)),
        "classes": [asdict(one) for one in found],
        "classes_lost_most": [one.name for one in lost_most(found)],
        "newly_confused": [asdict(one) for one in newly_confused(taught, learned, names)],
    }


def _test(measured: Measured, material: Material) -> Report:
    labels = material.splits.test.labels
    return {
        **asdict(measured.test),
        **asdict(top_five(measured.logits, labels)),
        **asdict(calibration(measured.logits, labels)),
    }


def _network(measured: Measured, material: Material) -> Report:
    trained = measured.trained
    return {
        "architecture": measured.chosen.architecture,
        "width": measured.chosen.width,
        "stem": measured.chosen.stem,
        "source": dict(trained.given or {"kind": measured.chosen.source.kind}),
        "normalization": asdict(material.normalized_by(trained.normalization).normalization),
        "parameters": measured.parameters,
        "macs": macs(trained.network, material.splits.test.images[:1].permute(0, 3, 1, 2)),
        "file": {"bytes": len(measured.file), "sha256": hashlib.sha256(measured.file).hexdigest()},
        "test": _test(measured, material),
        "validation_accuracy": trained.best.accuracy,
        "best_epoch": trained.best.number,
        "epochs": trained.epochs,
        "steps": trained.steps,
        "stopped": trained.stopped,
        "training_seconds": trained.seconds,
        "images_per_second": trained.images_per_second,
        "latency": [asdict(one) | {"images_per_second": one.per_second} for one in measured.latency],
    }
