"""Terms that can't say anything of these data, or beside these regularizers."""

from collections.abc import Iterator

from core.errors import FieldError
from core.spec.datasets import UploadedFacts, facts_of
from core.spec.job import JobSpec
from core.spec.regularizers import Mixup, is_idle
from core.spec.tabular import REGRESSION


def term_problems(spec: JobSpec, uploaded: UploadedFacts | None) -> tuple[FieldError, ...]:
    """Each term of the method that has nothing to compare.

    uploaded    what is known of the uploaded set that the spec names; without, its classes are not counted
    """
    return (*_too_few_classes(spec, uploaded), *_mixed_labels(spec))


def _too_few_classes(spec: JobSpec, uploaded: UploadedFacts | None) -> Iterator[FieldError]:
    facts = facts_of(spec.dataset, uploaded)
    classes = None if facts is None or spec.task == REGRESSION else facts.classes
    for index, term in spec.method.at_work(spec.optimization.epochs).items():
        if classes is not None and classes < term.least_classes:
            detail = (
                f"{term.kind} compares what is said of classes beside the label: it needs at least "
                f"{term.least_classes} classes, these data have {classes}"
            )
            yield FieldError(f"/method/terms/{index}/kind", "too_few_classes", detail, term.kind)


def _mixed_labels(spec: JobSpec) -> Iterator[FieldError]:
    epochs = spec.optimization.epochs
    if not any(isinstance(one, Mixup) and not is_idle(one, epochs) for one in spec.regularizers):
        return
    for index, term in spec.method.at_work(epochs).items():
        if term.reads_labels:
            detail = f"{term.kind} needs the one label of each image; under mixup an image has two"
            yield FieldError(f"/method/terms/{index}/kind", "labels_are_mixed", detail, term.kind)
