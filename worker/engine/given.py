"""Weights that a network starts from instead of random ones: read from a file, and compared name by name."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from core.errors import ClassMismatch, WeightsUnavailable, WeightsUnreadable
from core.spec import JobSpec
from core.spec.models import Pretrained, Random, Student, Teacher, Train
from worker.engine import registry
from worker.engine.data.material import ImageMaterial, Material
from worker.engine.data.scaling import Scaling, told
from worker.engine.exports.header import said

Role = Literal["teacher", "student"]

MOST = 8  # differences that are told of each kind; of some networks all of hundreds would differ
HOW_TO_GIVE = "A worker lays them ready; the engine alone is told by --teacher-weights and --student-weights."
FACTS = ("architecture", "width", "stem", "hidden", "activation")


@dataclass(frozen=True)
class Given:
    """The weights in one file.

    known           of the network that they are of: architecture, width, stem, class_names, as far as it is
                    said
    origin          where the file comes from, for the report
    normalization   of the images that they were trained on, where the file says it
    """

    name: str
    sha256: str
    weights: Mapping[str, Tensor]
    known: Mapping[str, Any]
    origin: Mapping[str, Any]
    normalization: Scaling | None

    @property
    def in_words(self) -> str:
        """Where the file comes from."""
        match self.origin:
            case {"kind": "model", "model": model}:
                return f"it is {model}"
            case {"kind": "job", "job": job}:
                return f"it is that of {job}"
            case {"kind": "reused", "model": model, "job": job}:
                return f"it is {model}, which {job} has trained"
            case {"kind": "pretrained", "weights": weights}:
                return f"it is torchvision's, {weights}"
        return "its weights were given"

    @property
    def told(self) -> dict[str, Any]:
        """What the report says of it."""
        return {**self.origin, "sha256": self.sha256}

    def saw_otherwise(self, material: Material) -> bool:
        """Whether it was trained on images that were normalised otherwise, as far as its file says how."""
        return self.normalization not in (None, material.normalization)


@dataclass(frozen=True)
class Files:
    """Where the weights lie that a run starts from.

    origins    whence they came, by role, for the report; what is `known` of them stands there too, where
               it is known better than from the file
    """

    teacher: Path | None = None
    student: Path | None = None
    origins: Mapping[Role, Mapping[str, Any]] = field(default_factory=dict)


RANDOM = Files()


def fitting(spec: JobSpec, files: Files, material: Material) -> dict[Role, Given]:
    """The weights that each network is to start from; nothing where they are random.

    Compared at once: an hour of training must not end before weights that fit nothing.

    raises WeightsUnavailable, WeightsUnreadable, ClassMismatch
    """
    asked: dict[Role, tuple[Path | None, Teacher | Student]] = {
        "teacher": (files.teacher, spec.teacher),
        "student": (files.student, spec.student),
    }
    found = {
        role: _fitting(role, path, files.origins.get(role, {}), chosen, material)
        for role, (path, chosen) in asked.items()
    }
    return {role: given for role, given in found.items() if given is not None}


def _fitting(
    role: Role, path: Path | None, origin: Mapping[str, Any], chosen: Teacher | Student, material: Material
) -> Given | None:
    if path is None:
        if not isinstance(chosen.source, Train | Random):
            detail = f"the {role} starts from weights ({chosen.source.kind}), and none were given"
            raise WeightsUnavailable(detail, hint=HOW_TO_GIVE)
        return None
    given = read(path, origin)
    start(registry.network(chosen, material.inputs, material.classes, 0, role), given, chosen, material)
    return given


def read(path: Path, origin: Mapping[str, Any]) -> Given:
    """The weights in a safetensors file.

    raises WeightsUnavailable where there is none, WeightsUnreadable where it is damaged
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsUnavailable(f"there is no {path}: {error.strerror}") from error
    try:
        weights, known = load(content), said(content)
        normalization = told(known)
    except (SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise WeightsUnreadable(f"{path.name} is no sound safetensors file: {error}") from error
    whence = {name: value for name, value in origin.items() if name != "known"}
    return Given(
        path.name,
        hashlib.sha256(content).hexdigest(),
        weights,
        origin.get("known", known),
        whence or {"kind": "file"},
        normalization,
    )


def start(network: nn.Module, given: Given, chosen: Teacher | Student, material: Material) -> nn.Module:
    """The network with the given weights; a new classifier stays new.

    raises ClassMismatch, WeightsUnreadable: with every difference
    """
    weights = given.weights
    own = network.state_dict()
    if isinstance(chosen.source, Pretrained):
        weights = _with_classifier_of(own, weights, chosen)
    else:
        _compare_classes(own, given, chosen, material)
    differences = [
        *_other_network(given, chosen),
        *_other_columns(given, material),
        *_other_weights(own, weights),
    ]
    if differences:
        raise WeightsUnreadable(f"{given.name} does not fit {chosen.architecture}: {'; '.join(differences)}")
    network.load_state_dict(weights)
    return network


def _with_classifier_of(
    own: Mapping[str, Tensor], weights: Mapping[str, Tensor], chosen: Teacher | Student
) -> dict[str, Tensor]:
    """The weights, but for a classifier of another shape, which tells other classes apart."""
    new = {name for name in _classifier(own, chosen) if _shape(weights, name) != _shape(own, name)}
    return {**weights, **{name: own[name] for name in new}}


def _compare_classes(
    own: Mapping[str, Tensor], given: Given, chosen: Teacher | Student, material: Material
) -> None:
    names, known = list(material.dataset.class_names), given.known.get("class_names")
    if isinstance(known, list) and known != names:
        raise ClassMismatch(f"{given.name} tells {_differing(known, names)}")
    outputs = {
        shape[0] for name in _classifier(own, chosen) if (shape := _shape(given.weights, name)) is not None
    }
    if outputs and outputs != {material.classes}:
        needed = f"the data set has {len(names)}" if names else "a measure is to be predicted"
        raise ClassMismatch(f"{given.name} tells {min(outputs)} classes apart, {needed}")


def _differing(known: list[Any], names: list[str]) -> str:
    """How the classes of the weights differ from those of the data."""
    if len(known) != len(names):
        return f"{len(known)} classes apart, the data set has {len(names)}"
    pairs = [(i, a, b) for i, (a, b) in enumerate(zip(known, names, strict=True)) if a != b]
    return "other classes apart: " + _some(f"class {i} is {a!r}, in the data {b!r}" for i, a, b in pairs)


def _other_network(given: Given, chosen: Teacher | Student) -> list[str]:
    asked = chosen.model_dump(mode="json", include=set(FACTS))
    return [
        f"its {fact} is {given.known[fact]}, asked for is {asked[fact]}"
        for fact in FACTS
        if given.known.get(fact) not in (None, asked[fact])
    ]


def _other_columns(given: Given, material: Material) -> list[str]:
    """Columns of a table in another order are other inputs, though their number be the same."""
    known = given.known.get("columns")
    if isinstance(material, ImageMaterial) or known in (None, own := list(material.dataset.columns)):
        return []
    return [f"it reads the columns {_some(map(str, known))}; those of the data are {_some(own)}"]


def _other_weights(own: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> list[str]:
    """What is missing, too much, of another shape or type, or not finite."""
    common = [name for name in own if name in weights]
    other = [name for name in common if _kind(weights[name]) != _kind(own[name])]
    found = {
        "missing": [name for name in own if name not in weights],
        "unexpected": [name for name in weights if name not in own],
        "of another shape or type": [
            f"{name} is {_kind(weights[name])}, needed is {_kind(own[name])}" for name in other
        ],
        "not finite": [name for name in common if not bool(weights[name].isfinite().all())],
    }
    return [f"{what}: {_some(names)}" for what, names in found.items() if names]


def _classifier(own: Mapping[str, Tensor], chosen: Teacher | Student) -> list[str]:
    """Names of the weights that turn features into logits; the first side of each counts the classes."""
    prefix = f"{registry.architecture(chosen, 1).head}."
    return [name for name in own if name.startswith(prefix)]


def _shape(weights: Mapping[str, Tensor], name: str) -> tuple[int, ...] | None:
    return tuple(weights[name].shape) if name in weights else None


def _kind(value: Tensor) -> str:
    return f"{str(value.dtype).removeprefix('torch.')} {list(value.shape)}"


def _some(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return ", ".join(found[:MOST]) + more
