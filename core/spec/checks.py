"""What is wrong with a spec although each of its fields is sound. Found before anything is queued."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from pydantic import ValidationError

from core.errors import FieldError
from core.spec.architectures import layers, parameter_layers, table
from core.spec.datasets import DatasetFacts, facts_of
from core.spec.feature_checks import feature_problems
from core.spec.job import JobSpec
from core.spec.models import FromJob, FromModel, Pretrained, Student, Teacher
from core.spec.regularizers import GradientClipping
from core.spec.term_checks import term_problems


def problems(spec: JobSpec, uploaded: DatasetFacts | None = None) -> tuple[FieldError, ...]:
    """Every contradiction in the spec; empty for a job that can be run.

    uploaded    what is known of the uploaded set it names; without, what needs it is left to the engine
    """
    return (
        *_widths(spec), *_pretrained(spec), *_objective(spec), *_warmup(spec), *_targets(spec),
        *_batch(spec, uploaded), *_exports(spec), *term_problems(spec, uploaded),
        *feature_problems(spec, uploaded),
    )  # fmt: skip


def warnings(spec: JobSpec) -> tuple[FieldError, ...]:
    """What will run, but probably not as it was meant."""
    if spec.teacher.architecture == spec.student.architecture and spec.student.width >= spec.teacher.width:
        detail = "the student is as large as the teacher: nothing will be saved"
        return (FieldError("/student/architecture", "no_compression", detail, spec.student.architecture),)
    return ()


def warnings_of_stored(document: dict[str, Any]) -> tuple[FieldError, ...]:
    """The same for a spec read back; none for one of another release, which has fields of its own."""
    try:
        return warnings(JobSpec.model_validate(document))
    except ValidationError:
        return ()


def _widths(spec: JobSpec) -> list[FieldError]:
    return [
        FieldError(f"/{role}/width", "not_applicable", f"{network.architecture} has no width", network.width)
        for role, network in (("teacher", spec.teacher), ("student", spec.student))
        if network.width != 1.0 and not table()[network.architecture]["has_width"] and not _is_open(network)
    ]


def _is_open(network: Teacher | Student) -> bool:
    """Whether the weights that it names will say which architecture it is."""
    return isinstance(network.source, FromModel | FromJob) and "architecture" not in network.model_fields_set


def _pretrained(spec: JobSpec) -> list[FieldError]:
    networks = (("teacher", spec.teacher), ("student", spec.student))
    chosen = [(role, network) for role, network in networks if isinstance(network.source, Pretrained)]
    return [finding for role, network in chosen for finding in _unlike_pretrained(role, network)]


def _unlike_pretrained(role: str, network: Teacher | Student) -> Iterator[FieldError]:
    """How it differs from the network whose weights there are; a width that it has not is told already."""
    known = table()[network.architecture]
    if network.width != 1.0 and known["has_width"]:
        yield FieldError(
            f"/{role}/width", "not_pretrained", "there are weights of width 1 only", network.width
        )
    if network.stem == "small" and not known["small_stem_fits"]:
        detail = f"the pretrained weights of {network.architecture} fit the stem `imagenet` only"
        yield FieldError(
            f"/{role}/stem", "not_pretrained", detail, network.stem, allowed=("auto", "imagenet")
        )


def _objective(spec: JobSpec) -> list[FieldError]:
    if spec.method.label_weight == 0 and not any(term.weight for term in spec.method.terms):
        return [FieldError("/method", "nothing_to_learn", "every weight of the objective is 0")]
    return []


def _warmup(spec: JobSpec) -> list[FieldError]:
    warmup, epochs = spec.optimization.warmup_epochs, spec.optimization.epochs
    if warmup is None or warmup < epochs:
        return []
    detail = f"must be less than the {epochs} epochs of the run"
    return [FieldError("/optimization/warmup_epochs", "less_than", detail, warmup)]


def _targets(spec: JobSpec) -> list[FieldError]:
    found = []
    for index, regularizer in enumerate(spec.regularizers):
        named = parameter_layers if isinstance(regularizer, GradientClipping) else layers
        names = named(spec.student.architecture)
        target = getattr(regularizer, "target", None)
        if target is not None and not any(fnmatchcase(name, target) for name in names):
            detail = f"no layer of {spec.student.architecture} matches; layers are named like {names[0]!r}"
            found.append(FieldError(f"/regularizers/{index}/target", "no_such_layer", detail, target))
    return found


def _batch(spec: JobSpec, uploaded: DatasetFacts | None) -> list[FieldError]:
    images = training_images(spec, uploaded)
    if images is None or spec.optimization.batch_size <= images:
        return []
    detail = f"must be at most the {images} images of the training split"
    return [FieldError("/optimization/batch_size", "less_than_equal", detail, spec.optimization.batch_size)]


def _exports(spec: JobSpec) -> list[FieldError]:
    kinds = [export.kind for export in spec.exports]
    detail = "each format at most once: they would have the same file name"
    return [
        FieldError(f"/exports/{index}", "repeated", detail, kind)
        for index, kind in enumerate(kinds)
        if kind in kinds[:index]
    ]


def training_images(spec: JobSpec, uploaded: DatasetFacts | None = None) -> int | None:
    """Images that are trained on, about; None of an uploaded set of which nothing is known.

    Stratified rounding may differ by one a class, and a subset is smaller where classes are.
    """
    facts, evaluation = facts_of(spec.dataset, uploaded), spec.evaluation
    if facts is None:
        return None
    images = facts.train_images * (1.0 if facts.test_images else 1 - evaluation.test_fraction)
    if spec.dataset.subset is not None:
        images = min(images, spec.dataset.subset.per_class * facts.classes)
    return int(images * (1 - evaluation.validation_fraction))
