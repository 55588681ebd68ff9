"""The files that a run hands over, each told of once it is whole."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor

from core.errors import Cancelled
from core.spec import JobSpec
from core.spec.reuse import reuse
from core.spec.tabular import IMAGES
from worker.engine import registry
from worker.engine.data.material import Material
from worker.engine.exports.checkpoints import safetensors, state_dict
from worker.engine.exports.files import write
from worker.engine.exports.metadata import metadata
from worker.engine.models.projector import elsewhere
from worker.engine.narrator import Narrator
from worker.engine.pages.card import card
from worker.engine.pages.page import page
from worker.engine.pages.table_card import table_card
from worker.engine.pages.table_page import table_page
from worker.engine.report import Report
from worker.engine.trained import Trained


def publish(files: Mapping[str, bytes], out: Path, narrator: Narrator) -> None:
    """Write each file, then say that it is there."""
    for name, content in files.items():
        narrator.artifact(write(out / name, content))


def student_files(spec: JobSpec, material: Material, student: Trained) -> dict[str, bytes]:
    """The student's weights of its best epoch."""
    return {
        "student.safetensors": student_file(spec, material, student.network.state_dict()),
        "student.pt": state_dict(student.network.state_dict()),
    }


def last_student(spec: JobSpec, material: Material, student: Trained) -> dict[str, bytes]:
    """The student's weights as they were when somebody ended its training."""
    assert student.last is not None, "this run has trained it"
    return {"student.last.safetensors": student_file(spec, material, student.last)}


def student_file(spec: JobSpec, material: Material, weights: Mapping[str, Tensor]) -> bytes:
    """A student's weights, and what is needed to use them."""
    return safetensors(weights, metadata(spec.student, material, reuse(spec)))


def teacher_file(spec: JobSpec, material: Material, teacher: Trained) -> bytes:
    """The same of its teacher, which may have a normalisation of its own."""
    seen = material.normalized_by(teacher.normalization)
    return safetensors(teacher.network.state_dict(), metadata(spec.teacher, seen))


def readable(spec: JobSpec, report: Report, narrator: Narrator) -> dict[str, bytes]:
    """The report for people.

    The numbers are safe already: a plot that fails must not cost the run.
    """
    rows = narrator.history.rows
    try:
        if spec.task != IMAGES:
            read, told = table_page(report, rows), table_card(report)
        else:
            read, told = page(report, rows), card(report, _elsewhere(spec, report))
        return {"report.html": read.encode(), "model_card.md": told.encode()}
    except Exception as error:
        narrator.log("warning", f"there is no report to read: {type(error).__name__}: {error}")
        return {}


def _elsewhere(spec: JobSpec, report: Report) -> Mapping[str, Any] | None:
    """How torchvision alone builds the student, where it can."""
    chosen = spec.student
    assert chosen.stem != "auto", "specs are resolved before anything is built"
    architecture, classes = registry.ARCHITECTURES[chosen.architecture], report["dataset"]["class_names"]
    return elsewhere(architecture, len(classes), chosen.width, chosen.stem, reuse(spec))


@contextmanager
def keeping(
    spec: JobSpec, material: Material, student: Trained, out: Path, narrator: Narrator
) -> Iterator[None]:
    """Who cancels from here on keeps the student, best and last."""
    try:
        yield
    except Cancelled:
        kept = student_files(spec, material, student) | last_student(spec, material, student)
        missing = {name: content for name, content in kept.items() if name not in narrator.published}
        publish(missing, out, narrator)
        raise
