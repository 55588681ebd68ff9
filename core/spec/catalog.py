"""Everything that can be asked for, read off the spec classes."""

from typing import Any

from pydantic import BaseModel

from core.spec.architectures import describe
from core.spec.datasets import BUILTIN
from core.spec.exports import KINDS
from core.spec.methods import TERMS
from core.spec.regularizers import HARD, SOFT


def methods() -> list[dict[str, Any]]:
    """Distillation terms with their parameters, and the label weight that goes with each."""
    return [_entry(term) | {"label_weight": term.label_weight} for term in TERMS]


def regularizers() -> list[dict[str, Any]]:
    """Soft ones bend the objective or the signal, hard ones enforce a limit."""
    groups = (("soft", SOFT), ("hard", HARD))
    return [_entry(kind) | {"group": group} for group, kinds in groups for kind in kinds]


def architectures() -> list[dict[str, Any]]:
    """Networks that can be teacher or student, with their stages."""
    return describe()


def datasets() -> list[dict[str, Any]]:
    """Data sets known by name."""
    return [{"name": name, **vars(facts)} for name, facts in BUILTIN.items()]


def exports() -> list[dict[str, Any]]:
    """Further formats of the student, beside safetensors and pt."""
    return [_entry(kind) for kind in KINDS]


SECTIONS = {
    "methods": methods,
    "regularizers": regularizers,
    "architectures": architectures,
    "datasets": datasets,
    "exports": exports,
}


def _kind(model: type[BaseModel]) -> str:
    return str(model.model_fields["kind"].default)


def _entry(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    fields = _whole(schema["properties"], schema.get("$defs", {}))
    parameters = [
        {"name": name, **{key: value for key, value in field.items() if key != "title"}}
        for name, field in fields.items()
        if name != "kind"
    ]
    return {"kind": _kind(model), "meaning": (model.__doc__ or "").strip(), "parameters": parameters}


def _whole(part: Any, definitions: dict[str, Any]) -> Any:
    """The schema with each definition where it is meant: an entry stands by itself."""
    match part:
        case {"$ref": str(reference), **beside}:
            return _whole({**definitions[reference.rpartition("/")[2]], **beside}, definitions)
        case dict():
            kept = {key: value for key, value in part.items() if key != "discriminator"}
            return {key: _whole(value, definitions) for key, value in kept.items()}
        case list():
            return [_whole(value, definitions) for value in part]
        case _:
            return part
