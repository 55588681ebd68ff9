"""What is wrong with regularizers although each of their fields is sound."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from core.errors import FieldError
from core.spec.architectures import layers, parameter_layers
from core.spec.job import JobSpec
from core.spec.models import Student
from core.spec.regularizers import FEW_LAYERS, GradientClipping, GradientNoise, NormProduct
from core.spec.tabular import layers_of_rows

OF_EVERY_PARAMETER = (GradientClipping, GradientNoise)  # the others mean weights of convolutions and linears


def regularizer_problems(spec: JobSpec) -> Iterator[FieldError]:
    """Every contradiction between a regularizer and the student, or another part of the job."""
    for index, regularizer in enumerate(spec.regularizers):
        place = f"/regularizers/{index}"
        if isinstance(regularizer, NormProduct):
            for number, one in enumerate(regularizer.layers):
                yield from _unknown(spec, weight_layers(spec.student), f"{place}/layers/{number}", one)
        else:
            named = every_layer if isinstance(regularizer, OF_EVERY_PARAMETER) else weight_layers
            yield from _unknown(spec, named(spec.student), place, regularizer)


def weight_layers(student: Student) -> tuple[str, ...]:
    """Names of its convolutions and linear layers."""
    return layers_of_rows(student) or layers(student.architecture)


def every_layer(student: Student) -> tuple[str, ...]:
    """Names of its layers that have parameters, normalisations among them."""
    return layers_of_rows(student) or parameter_layers(student.architecture)


def regularizer_warnings(spec: JobSpec) -> Iterator[FieldError]:
    """What will run, but probably not as it was meant."""
    for index, regularizer in enumerate(spec.regularizers):
        if isinstance(regularizer, NormProduct) and regularizer.reduction == "product":
            count = normed(spec, regularizer)
            if count > FEW_LAYERS:
                detail = (
                    f"the product of {count} norms soon is too large or too small a number; `geometric_mean`"
                    " and `log_sum` are not"
                )
                yield FieldError(f"/regularizers/{index}/reduction", "may_overflow", detail, "product")


def normed(spec: JobSpec, product: NormProduct) -> int:
    """Layers of the student whose norms are in the product."""
    return sum(product.norm_of(name) is not None for name in weight_layers(spec.student))


def _unknown(spec: JobSpec, names: Sequence[str], place: str, chosen: object) -> Iterator[FieldError]:
    """That a pattern names no layer of the student."""
    target = getattr(chosen, "target", None)
    if target is not None and not any(fnmatchcase(name, target) for name in names):
        detail = f"no layer of {spec.student.architecture} matches; layers are named like {names[0]!r}"
        yield FieldError(f"{place}/target", "no_such_layer", detail, target)
