"""Every term and every regularizer that a spec can name, each alone, with its defaults."""

from typing import Any, get_args

from core.spec.methods import TermSpec
from core.spec.regularizers import RegularizerSpec

BASELINE = "label loss alone"
ALONE: dict[str, Any] = {"label_weight": 1.0, "terms": []}

# Where a default means nothing by itself: which limit, which layers.
SETTINGS: dict[str, dict[str, Any]] = {
    "gradient_clipping": {"max_norm": 1.0},
}


def candidates(frozen: str = "layer1.*") -> dict[str, dict[str, Any]]:
    """Changes to a job by name: the label loss alone, then with each term, then with each regularizer.

    frozen    layers of the student that `freeze` holds; ResNet's by default
    """
    settings = {**SETTINGS, "freeze": {"target": frozen}}
    found: dict[str, dict[str, Any]] = {BASELINE: {"method": ALONE}}
    for kind in kinds(TermSpec):
        found[kind] = {"method": {"terms": [{"kind": kind, **settings.get(kind, {})}]}}
    for kind in kinds(RegularizerSpec):
        chosen = {"kind": kind, **settings.get(kind, {})}
        found[kind] = {"method": ALONE, "regularizers": [chosen]}
    return found


def kinds(union: Any) -> list[str]:
    """The kinds of a tagged union, in its order."""
    return [member.model_fields["kind"].default for member in get_args(get_args(union)[0])]
