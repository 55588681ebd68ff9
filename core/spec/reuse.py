"""Whether the student answers with its teacher's classifier, and which networks can lend and take one."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import FieldError
from core.spec.architectures import channels_read, table
from core.spec.feature_terms import ReusedClassifier
from core.spec.job import JobSpec
from core.spec.models import is_open
from core.spec.regularizers import Guided, is_idle


@dataclass(frozen=True)
class Reuse:
    """A classifier of another network's, and what leads to it.

    channels   of the maps that it averages and reads
    factor     the projector has channels / factor within
    """

    channels: int
    factor: int


def reuse(spec: JobSpec) -> Reuse | None:
    """What becomes of this job's student; None where it keeps its own classifier.

    A term without any weight changes nothing, here as elsewhere.
    """
    for term in spec.method.at_work(spec.optimization.epochs).values():
        if isinstance(term, ReusedClassifier):
            channels = channels_read(spec.teacher.architecture)
            return None if channels is None else Reuse(channels, term.factor)
    return None


def reuse_problems(spec: JobSpec) -> Iterator[FieldError]:
    """Why the student can't have its teacher's classifier."""
    at_work = spec.method.at_work(spec.optimization.epochs)
    places = [place for place, term in at_work.items() if isinstance(term, ReusedClassifier)]
    for index in places[1:]:
        detail = "a student has one classifier: it is reused once"
        yield FieldError(f"/method/terms/{index}/kind", "repeated", detail, "reused_classifier")
    if not places:
        return
    student, teacher = spec.student.architecture, spec.teacher.architecture
    if not is_open(spec.teacher) and channels_read(teacher) is None:
        detail = f"the classifier of {teacher} is not one linear layer that reads its last stage, averaged"
        yield _unfit("teacher", detail, teacher, lenders())
    if not is_open(spec.student) and table()[student]["bridge"] is None:
        detail = f"{student} has no one layer between its last stage and its classifier"
        yield _unfit("student", detail, student, takers())
    for index, one in enumerate(spec.regularizers):
        if isinstance(one, Guided) and not is_idle(one, spec.optimization.epochs):
            detail = "it pulls the rows of the classifier, which is the teacher's and stays as it is"
            yield FieldError(f"/regularizers/{index}/kind", "all_frozen", detail, one.kind)


def lenders() -> tuple[str, ...]:
    """Networks whose classifier can be reused."""
    return tuple(name for name in table() if channels_read(name) is not None)


def takers() -> tuple[str, ...]:
    """Networks in which a projector finds a place."""
    return tuple(name for name, facts in table().items() if facts["bridge"] is not None)


def _unfit(role: str, detail: str, got: str, allowed: tuple[str, ...]) -> FieldError:
    return FieldError(f"/{role}/architecture", "no_reusable_classifier", detail, got, allowed=allowed)
