"""Which network the weights are for: as is said, or as their names and shapes tell."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from torch import Tensor

from core.errors import ModelRefused
from core.spec.architectures import parameter_layers
from core.spec.models import SMALL_IMAGE
from worker.engine.models.architecture import Stem
from worker.engine.models.outline import weightless
from worker.engine.registry import ARCHITECTURES, PERCEPTRONS
from worker.packing.names import shown
from worker.weights.header import Entry
from worker.weights.said import MOST_CLASSES, Said

WIDTHS = (1.0, 0.25, 0.35, 0.5, 0.75, 1.3, 1.4, 2.0)  # that people use, the usual one first
STEMS: tuple[Stem, ...] = ("imagenet", "small")
OF_ROWS = "Name the job that trained it as the teacher's source: weights of such networks can't be uploaded."
AS_IT_IS = (
    "Jobs build networks without one; the file is used as its metadata say, or its job's model is asked."
)
ENOUGH = 0.5  # of all names, those of the file and of a network, that both have; with fewer it is none of it


@dataclass(frozen=True)
class Chosen:
    """A network, and what of it was guessed.

    expected    names and shapes of its weights, without memory behind them
    """

    architecture: str
    width: float
    stem: Stem
    classes: int
    expected: Mapping[str, Tensor]
    assumed: tuple[str, ...]


def choose(tensors: Mapping[str, Entry], found: Said) -> Chosen:
    """The network that is said; what is not said is taken from names and shapes.

    raises ModelRefused if it is none that is known
    """
    if found.projector is not None:
        raise ModelRefused("it answers with the classifier of its teacher, behind a projector", hint=AS_IT_IS)
    alike = _architectures(tensors, found)
    classes = _classes(tensors, found, alike[0])
    # The first of the best: where shapes tell nothing, the usual one.
    best, fewest = None, math.inf
    for chosen in chain.from_iterable(_candidates(name, classes, found) for name in alike):
        differing = len(_differing(tensors, chosen.expected))
        if differing == 0:
            return chosen
        if differing < fewest:
            best, fewest = chosen, differing
    assert best is not None, "there is a candidate of each architecture"
    return best


def _architectures(tensors: Mapping[str, Entry], found: Said) -> list[str]:
    """Those whose layers are named most like the weights: some differ in their shapes only."""
    known = ", ".join(ARCHITECTURES)
    if found.architecture is not None:
        if found.architecture in ARCHITECTURES:
            return [found.architecture]
        if found.architecture in PERCEPTRONS:
            raise ModelRefused(f"{found.architecture} reads rows of a table, not images", hint=OF_ROWS)
        raise ModelRefused(
            f"it is said to be {shown(found.architecture)}, which is not known", hint=f"Known are {known}."
        )
    named = {name.rpartition(".")[0] for name in tensors}
    shares = {name: _share(named, set(parameter_layers(name))) for name in ARCHITECTURES}
    best = max(shares.values())
    if best < ENOUGH:
        raise ModelRefused(
            "nobody says which network it is, and its names are those of none that is known",
            hint=f"Say `architecture`: known are {known}, with the names of their weights in torchvision.",
        )
    return [name for name, share in shares.items() if share == best]


def _share(named: set[str], layers: set[str]) -> float:
    """Of all names, those that both have."""
    return len(named & layers) / len(named | layers)


def _classes(tensors: Mapping[str, Entry], found: Said, architecture: str) -> int:
    """As many as the classifier has outputs; where it is not there, as many as are named.

    raises ModelRefused unless there are as many names, where there are names
    """
    entry = tensors.get(f"{ARCHITECTURES[architecture].head}.weight")
    named = len(found.class_names) if found.class_names is not None else None
    if entry is None or len(entry.shape) != 2:
        return named or 2
    classes = entry.shape[0]
    if not 2 <= classes <= MOST_CLASSES:
        raise ModelRefused(f"its classifier has {classes:,} outputs, and may have 2 to {MOST_CLASSES:,}")
    if named not in (None, classes):
        raise ModelRefused(
            f"its classifier has {classes:,} outputs, and {named:,} classes are named",
            hint="Name each class once, in the order of the outputs.",
        )
    return classes


def _candidates(architecture: str, classes: int, found: Said) -> Iterator[Chosen]:
    has_width = ARCHITECTURES[architecture].has_width
    if not has_width and found.width not in (None, 1.0):
        raise ModelRefused(f"{architecture} has one width", hint="Leave out `width`, or set it to 1.")
    smallest = ARCHITECTURES[architecture].smallest_width
    if found.width is not None and found.width < smallest:
        raise ModelRefused(f"{architecture} has no width below {smallest}")
    widths = (found.width,) if found.width is not None else WIDTHS if has_width else (1.0,)
    stems = (found.stem,) if found.stem is not None else STEMS
    if found.stem is None and found.image_size is not None and found.image_size <= SMALL_IMAGE:
        stems = stems[::-1]
    guessed = {
        "architecture": found.architecture is None,
        "stem": found.stem is None,
        "width": has_width and found.width is None,
    }
    assumed = tuple(name for name, is_guess in guessed.items() if is_guess)
    for width in widths:
        for stem in stems:
            weights = expected(architecture, classes, width, stem)
            yield Chosen(architecture, width, stem, classes, weights, assumed)


def expected(architecture: str, classes: int, width: float, stem: Stem) -> Mapping[str, Tensor]:
    """Names and shapes of a network's weights."""
    with weightless():
        weights: Mapping[str, Tensor] = ARCHITECTURES[architecture].build(classes, width, stem).state_dict()
    return weights


def _differing(tensors: Mapping[str, Entry], weights: Mapping[str, Tensor]) -> list[str]:
    common = tensors.keys() & weights.keys()
    return [name for name in common if tensors[name].shape != tuple(weights[name].shape)]
