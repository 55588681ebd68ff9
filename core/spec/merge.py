"""A document that says how another one is to differ: JSON Merge Patch, RFC 7396, and one rule more."""

from typing import Any

# Fields by which a spec tells what an object is that does not say its kind.
TELLING = ({"id"}, {"name"}, {"id", "target"}, {"form"}, {"slopes"})


def merged(target: Any, patch: Any) -> Any:
    """The target with every value of the patch in its place; null takes one away. Neither is changed.

    Where the patch names another kind of thing nothing stays of the old one: what a training says is no
    field of an uploaded model.
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) and not _is_other(target, patch) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def _is_other(target: dict[str, Any], patch: dict[str, Any]) -> bool:
    """Whether the target has a kind and the patch names another: by itself, or by fields that tell it."""
    if "kind" not in target:
        return False
    said = {name for name, value in patch.items() if value is not None}
    if "kind" in said:
        return bool(patch["kind"] != target["kind"])
    if any(fields <= said and not fields <= target.keys() for fields in TELLING):
        return True
    return "id" in said and _named_by(patch["id"]) != _named_by(target.get("id"))


def _named_by(id_: Any) -> str:
    """What the beginning of an id tells: of `model_…` it is a model."""
    return str(id_).partition("_")[0]
