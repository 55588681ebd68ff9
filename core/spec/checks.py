"""What is wrong with a spec although each of its fields is sound. Found before anything is queued."""

from typing import Any

from pydantic import ValidationError

from core.errors import FieldError
from core.spec import tabular
from core.spec.architectures import parameters
from core.spec.compiling import compile_problems
from core.spec.datasets import DatasetFacts, UploadedFacts, facts_of
from core.spec.feature_checks import feature_problems
from core.spec.fitting import fitted
from core.spec.job import JobSpec
from core.spec.models import Student, Teacher
from core.spec.network_checks import network_problems
from core.spec.parts import part_problems
from core.spec.regularizers.checks import regularizer_problems, regularizer_warnings
from core.spec.reuse import reuse_problems
from core.spec.schedule_checks import schedule_warnings
from core.spec.teacher_cache import is_shared, must_ask, too_large
from core.spec.teaching import is_taught
from core.spec.term_checks import term_problems
from core.spec.training_size import training_images


def problems(spec: JobSpec, uploaded: UploadedFacts | None = None) -> tuple[FieldError, ...]:
    """Every contradiction in the spec; empty for a job that can be run.

    uploaded    what is known of the uploaded set it names; without, what needs it is left to the engine
    """
    return (
        *network_problems(spec, uploaded), *_objective(spec), *_warmup(spec),
        *_batch(spec, uploaded), *_exports(spec), *term_problems(spec, uploaded),
        *tabular.problems(spec, uploaded), *regularizer_problems(spec, uploaded),
        *_teacher_cache(spec, uploaded), *feature_problems(spec, uploaded),
        *part_problems(fitted(spec, uploaded)), *reuse_problems(spec), *compile_problems(spec),
    )  # fmt: skip


def warnings(spec: JobSpec) -> tuple[FieldError, ...]:
    """What will run, but probably not as it was meant."""
    found: list[FieldError] = []
    if _as_large(spec.student, spec.teacher):
        detail = "the student is as large as the teacher: nothing will be saved"
        found = [FieldError("/student/architecture", "no_compression", detail, spec.student.architecture)]
    if not is_taught(spec):
        detail = "nothing asks the teacher: the student learns from the labels alone, and is compared with it"
        found.append(FieldError("/method", "teacher_not_asked", detail))
    return (*found, *regularizer_warnings(spec), *schedule_warnings(spec))


def _as_large(student: Student, teacher: Teacher) -> bool:
    """As far as the table tells: it counts the parameters of networks at width 1."""
    if student.architecture in tabular.OF_ROWS and teacher.architecture in tabular.OF_ROWS:
        return tabular.weights(student) >= tabular.weights(teacher)
    if student.architecture == teacher.architecture:
        return student.width >= teacher.width
    small, large = parameters(student.architecture), parameters(teacher.architecture)
    if small is None or large is None:
        return False
    return student.width == teacher.width == 1.0 and small >= large


def warnings_of_stored(document: dict[str, Any]) -> tuple[FieldError, ...]:
    """The same for a spec read back; none for one of another release, which has fields of its own."""
    try:
        return warnings(JobSpec.model_validate(document))
    except ValidationError:
        return ()


def _objective(spec: JobSpec) -> list[FieldError]:
    if spec.method.of_labels == 0 and not spec.method.at_work(spec.optimization.epochs):
        return [FieldError("/method", "nothing_to_learn", "every weight of the objective is 0")]
    return []


def _warmup(spec: JobSpec) -> list[FieldError]:
    warmup, epochs = spec.optimization.warmup_epochs, spec.optimization.epochs
    if warmup is None or warmup < epochs:
        return []
    detail = f"must be less than the {epochs} epochs of the run"
    return [FieldError("/optimization/warmup_epochs", "less_than", detail, warmup)]


def _batch(spec: JobSpec, uploaded: UploadedFacts | None) -> list[FieldError]:
    images = training_images(spec, uploaded)
    batch = fitted(spec, uploaded).optimization.batch_size
    if images is None or batch <= images:
        return []
    things = "rows" if tabular.is_tabular(spec) else "images"
    detail = f"must be at most the {images} {things} of the training split"
    return [FieldError("/optimization/batch_size", "less_than_equal", detail, batch)]


def _exports(spec: JobSpec) -> list[FieldError]:
    kinds = [export.kind for export in spec.exports]
    detail = "each format at most once: they would have the same file name"
    return [
        FieldError(f"/exports/{index}", "repeated", detail, kind)
        for index, kind in enumerate(kinds)
        if kind in kinds[:index]
    ]


def _teacher_cache(spec: JobSpec, uploaded: UploadedFacts | None) -> list[FieldError]:
    if spec.optimization.teacher_cache != "on":
        return []
    facts, images = facts_of(spec.dataset, uploaded), training_images(spec, uploaded)
    detail = must_ask(spec) or is_shared(spec)
    if detail is None and isinstance(facts, DatasetFacts) and images:
        detail = too_large(spec, images, facts.classes)
    where, allowed = "/optimization/teacher_cache", ("auto", "off")
    return [FieldError(where, "not_applicable", detail, "on", allowed)] if detail else []
