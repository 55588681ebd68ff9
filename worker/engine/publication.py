"""The files that a run hands over, each told of once it is whole."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor

from core.errors import Cancelled
from core.spec import JobSpec
from worker.engine.data.material import Material
from worker.engine.exports.checkpoints import safetensors, state_dict
from worker.engine.exports.files import write
from worker.engine.exports.metadata import metadata
from worker.engine.narrator import Narrator
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
    return safetensors(weights, metadata(spec.student, material))


def teacher_file(spec: JobSpec, material: Material, teacher: Trained) -> bytes:
    """The same of its teacher, which may have a normalisation of its own."""
    seen = material.normalized_by(teacher.normalization)
    return safetensors(teacher.network.state_dict(), metadata(spec.teacher, seen))


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
