"""What is wrong with regularizers although each of their fields is sound."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from core.errors import FieldError
from core.spec.architectures import activations
from core.spec.datasets import UploadedFacts, facts_of
from core.spec.job import JobSpec
from core.spec.models import is_open
from core.spec.regularizers import (
    FEW_LAYERS,
    ActivationWeight,
    Freeze,
    GradientClipping,
    GradientNoise,
    Guided,
    Hard,
    ImageStatistics,
    LabelSmoothing,
    NormProduct,
    RegularizerSpec,
    Sparsity,
    Vectors,
)
from core.spec.reuse import reuse
from core.spec.student_layers import every_layer, followed_by, weight_layers
from core.spec.tabular import OF_ROWS, REGRESSION, is_tabular, layers_of_rows
from core.spec.tabular_networks import ACTIVATION

OF_EVERY_PARAMETER = (GradientClipping, GradientNoise, Freeze)  # the others: of convolutions and linears


def regularizer_problems(spec: JobSpec, uploaded: UploadedFacts | None = None) -> Iterator[FieldError]:
    """Every contradiction between a regularizer and the student, or another part of the job.

    uploaded    what is known of the uploaded set that the spec names; without, its classes are not counted
    """
    for index, regularizer in enumerate(spec.regularizers):
        place = f"/regularizers/{index}"
        unknown = list(_unknown(spec, place, regularizer))
        yield from unknown or _frozen(spec, place, regularizer)
        if getattr(regularizer, "needs_classes", False) and spec.task == REGRESSION:
            detail = f"{regularizer.kind} is about classes, and {REGRESSION} has none"
            yield FieldError(f"{place}/kind", "other_task", detail, regularizer.kind)
        if isinstance(regularizer, GradientNoise):
            yield from _exact(spec, place, regularizer)
        if isinstance(regularizer, Guided):
            yield from _information(spec, uploaded, place, regularizer)
        if isinstance(regularizer, ActivationWeight) and not unknown:
            yield from _activations(spec, place, regularizer)
        if isinstance(regularizer, Sparsity):
            yield from _ramp(spec, place, regularizer)


def regularizer_warnings(spec: JobSpec) -> Iterator[FieldError]:
    """What will run, but probably not as it was meant."""
    frozen = frozen_layers(spec)
    for index, regularizer in enumerate(spec.regularizers):
        place = f"/regularizers/{index}"
        if isinstance(regularizer, NormProduct) and regularizer.reduction == "product":
            count = normed(spec, regularizer)
            if count > FEW_LAYERS:
                detail = (
                    f"the product of {count} norms soon is too large or too small a number; `geometric_mean`"
                    " and `log_sum` are not"
                )
                yield FieldError(f"{place}/reduction", "may_overflow", detail, "product")
        if isinstance(regularizer, LabelSmoothing) and spec.method.of_labels == 0:
            detail = "labels are smoothed, and the label loss that reads them has a weight of 0"
            yield FieldError(f"{place}/kind", "no_effect", detail, regularizer.kind)
        passed_over = [name for name in _meant(spec, regularizer) if name in frozen]
        if isinstance(regularizer, Hard) and not isinstance(regularizer, Freeze) and passed_over:
            detail = f"frozen layers stay as they are, also beyond the limit: {passed_over[0]}, for instance"
            yield FieldError(f"{place}/kind", "passes_over_frozen", detail, regularizer.kind)


def normed(spec: JobSpec, product: NormProduct) -> int:
    """Layers of the student whose norms are in the product."""
    return len(_meant(spec, product))


def frozen_layers(spec: JobSpec) -> set[str]:
    """Names of all layers that learn nothing."""
    freezing = (one for one in spec.regularizers if isinstance(one, Freeze))
    reused = {weight_layers(spec)[-1]} if reuse(spec) else set()
    return reused | {name for one in freezing for name in _meant(spec, one)}


def _named(spec: JobSpec, regularizer: RegularizerSpec) -> Sequence[str]:
    """The layers among which it may choose."""
    return every_layer(spec) if isinstance(regularizer, OF_EVERY_PARAMETER) else weight_layers(spec)


def _meant(spec: JobSpec, regularizer: RegularizerSpec) -> list[str]:
    """The layers on which it acts; none where it acts on no layers' weights."""
    names = _named(spec, regularizer)
    if isinstance(regularizer, NormProduct):
        return [name for name in names if regularizer.norm_of(name) is not None]
    if "target" not in type(regularizer).model_fields:
        return []
    target = getattr(regularizer, "target", None)
    return [name for name in names if target is None or fnmatchcase(name, target)]


def _unknown(spec: JobSpec, place: str, regularizer: RegularizerSpec) -> Iterator[FieldError]:
    """Patterns that name no layer of the student."""
    patterns = {f"{place}/target": getattr(regularizer, "target", None)}
    if isinstance(regularizer, NormProduct):
        patterns = {f"{place}/layers/{i}/target": one.target for i, one in enumerate(regularizer.layers)}
    names = _named(spec, regularizer)
    for pointer, pattern in patterns.items():
        if pattern is not None and not any(fnmatchcase(name, pattern) for name in names):
            detail = f"no layer of {spec.student.architecture} matches; layers are named like {names[0]!r}"
            yield FieldError(pointer, "no_such_layer", detail, pattern)


def _frozen(spec: JobSpec, place: str, regularizer: RegularizerSpec) -> Iterator[FieldError]:
    """That nothing is left to be trained, or nothing on which it could act."""
    frozen, meant = frozen_layers(spec), _meant(spec, regularizer)
    target = getattr(regularizer, "target", None)
    if isinstance(regularizer, Freeze):
        if frozen >= set(every_layer(spec)):
            yield FieldError(f"{place}/target", "nothing_to_learn", "every layer would be frozen", target)
    elif meant and frozen >= set(meant):
        pointer = f"{place}/layers" if isinstance(regularizer, NormProduct) else f"{place}/target"
        yield FieldError(pointer, "all_frozen", "every layer that it acts on is frozen", target)


def _exact(spec: JobSpec, place: str, noise: GradientNoise) -> Iterator[FieldError]:
    if noise.mode == "exact" and spec.optimization.precision == "float16":
        detail = "it differentiates a gradient, of which float16 leaves too little; `perturb` does not"
        yield FieldError(f"{place}/mode", "not_applicable", detail, noise.mode, allowed=("perturb",))


def _activations(spec: JobSpec, place: str, weighed: ActivationWeight) -> Iterator[FieldError]:
    """That the student has nothing that it could weigh; of weights that are named, the engine knows."""
    student = spec.student
    if student.architecture not in OF_ROWS:
        if not is_open(student):
            yield from _activations_of_images(spec, place, weighed)
        return
    if student.architecture == "linear":
        detail = "a linear map has no activation"
        yield FieldError(f"{place}/kind", "not_applicable", detail, weighed.kind)
    elif student.architecture == "mlp":
        used, wanted = student.activation or ACTIVATION, weighed.activations
        if used not in wanted:
            detail = f"its layers are followed by {used}"
            yield FieldError(f"{place}/activations", "not_applicable", detail, list(wanted))
        elif weighed.target is not None and not any(
            fnmatchcase(name, weighed.target) for name in layers_of_rows(student)[:-1]
        ):
            detail = "no activation follows the last layer"
            yield FieldError(f"{place}/target", "not_applicable", detail, weighed.target)


def _activations_of_images(spec: JobSpec, place: str, weighed: ActivationWeight) -> Iterator[FieldError]:
    name, got, target = spec.student.architecture, list(weighed.activations), weighed.target
    followed, known = followed_by(spec, got), activations(name)
    if not followed:
        detail = f"no layer of {name} is followed by one of these, but by {', '.join(known)}"
        yield FieldError(f"{place}/activations", "not_applicable", detail, got, allowed=known)
    elif target is not None and not any(fnmatchcase(layer, target) for layer in followed):
        detail = f"no such activation follows what this names; one follows {followed[0]!r}, for instance"
        yield FieldError(f"{place}/target", "not_applicable", detail, target)


def _information(
    spec: JobSpec, uploaded: UploadedFacts | None, place: str, guided: Guided
) -> Iterator[FieldError]:
    if isinstance(guided.source, ImageStatistics) and is_tabular(spec):
        detail = "these data are rows of a table, no images"
        yield FieldError(f"{place}/source/kind", "not_applicable", detail, guided.source.kind)
    facts = facts_of(spec.dataset, uploaded)
    classes = None if facts is None else facts.classes
    if isinstance(guided.source, Vectors) and classes is not None:
        count = len(guided.source.values)
        if count != classes:
            detail = f"one vector of each class is needed: there are {classes} classes and {count} vectors"
            yield FieldError(f"{place}/source/values", "wrong_count", detail, count)


def _ramp(spec: JobSpec, place: str, sparsity: Sparsity) -> Iterator[FieldError]:
    epochs = spec.optimization.epochs
    if sparsity.begin >= epochs:
        detail = f"must be less than the {epochs} epochs of the run"
        yield FieldError(f"{place}/begin", "less_than", detail, sparsity.begin)
    elif sparsity.begin + sparsity.ramp(epochs) >= epochs:
        detail = f"the whole share must be reached before the {epochs} epochs of the run are over"
        yield FieldError(f"{place}/epochs", "less_than", detail, sparsity.epochs)
