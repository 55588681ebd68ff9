"""The files that a run hands over, each told of once it is whole."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.errors import Cancelled
from core.spec import JobSpec
from worker.engine.data.material import Material
from worker.engine.exports.checkpoints import safetensors, state_dict
from worker.engine.exports.files import write
from worker.engine.exports.metadata import metadata
from worker.engine.narrator import Narrator
from worker.engine.student import build_student
from worker.engine.trained import Trained


def publish(files: Mapping[str, bytes], out: Path, narrator: Narrator) -> None:
    """Write each file, then say that it is there."""
    for name, content in files.items():
        narrator.artifact(write(out / name, content))


def student_files(spec: JobSpec, material: Material, student: Trained) -> dict[str, bytes]:
    """The student's weights of its best epoch."""
    return {
        "student.safetensors": safetensors(student.network, metadata(spec.student, material)),
        "student.pt": state_dict(student.network),
    }


def last_student(spec: JobSpec, material: Material, student: Trained) -> dict[str, bytes]:
    """The student's weights as they were when somebody ended its training."""
    assert student.last is not None, "this run has trained it"
    network = build_student(spec, material)
    network.load_state_dict(student.last)
    return {"student.last.safetensors": safetensors(network, metadata(spec.student, material))}


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
