"""Names of the layers of a job's student: those of its architecture, and of a projector where it gets one."""

from collections.abc import Collection

from core.spec import architectures
from core.spec.architectures import table
from core.spec.job import JobSpec
from core.spec.reuse import reuse
from core.spec.tabular import layers_of_rows

# Of a projector, by their place in it; a ReLU follows each normalisation.
CONVOLUTIONS, NORMALIZATIONS = (0, 3, 6), (1, 4, 7)


def weight_layers(spec: JobSpec) -> tuple[str, ...]:
    """Its convolutions and linear layers; the classifier is the last."""
    own = layers_of_rows(spec.student) or architectures.layers(spec.student.architecture)
    *before, classifier = _kept(spec, own)
    return (*before, *_projector(spec, CONVOLUTIONS), classifier)


def every_layer(spec: JobSpec) -> tuple[str, ...]:
    """Its layers that have parameters, normalisations among them."""
    own = layers_of_rows(spec.student) or architectures.parameter_layers(spec.student.architecture)
    return (*_kept(spec, own), *_projector(spec, CONVOLUTIONS), *_projector(spec, NORMALIZATIONS))


def followed_by(spec: JobSpec, kinds: Collection[str]) -> tuple[str, ...]:
    """Its convolutions and linear layers that an activation of these kinds follows; of images."""
    own = _kept(spec, architectures.followed_by(spec.student.architecture, kinds))
    return (*own, *(_projector(spec, CONVOLUTIONS) if "relu" in kinds else ()))


def _projector(spec: JobSpec, numbers: Collection[int]) -> tuple[str, ...]:
    place = _place(spec)
    return () if place is None else tuple(f"{place}.{number}" for number in numbers)


def _kept(spec: JobSpec, own: Collection[str]) -> tuple[str, ...]:
    """Without the layers whose place the projector takes."""
    place = _place(spec)
    return tuple(name for name in own if place is None or not name.startswith(f"{place}."))


def _place(spec: JobSpec) -> str | None:
    """Where its projector is; None where it has none. What only averages stays, behind it."""
    facts = table()[spec.student.architecture]
    bridge: str | None = facts["bridge"]
    if bridge is None or reuse(spec) is None:
        return None
    return f"{bridge}.0" if facts["bridge_averages"] else bridge
