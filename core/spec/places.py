"""Where in a posted document a finding of pydantic's lies."""

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Path = list[str | int]


@dataclass(frozen=True)
class Place:
    """A place in the document as it was sent.

    value    what stands there; None where nothing does
    fields   that the object around it may have; None where there is no such object
    """

    path: Path
    value: Any
    fields: tuple[str, ...] | None


def locate(loc: tuple[str | int, ...], body: Any, model: type[BaseModel]) -> Place:
    """Follow a location through document and model side by side.

    The location says more than the document: after a union comes the name of the member that pydantic
    chose, and where a bare word stands for an object it leads on into that object.
    """
    path: Path = []
    here, kind, owner = body, model, model
    for part in loc:
        if _is_choice(kind):
            kind = _chosen(kind, part)
            continue
        owner, kind = kind, _inside(kind, part)
        if isinstance(here, dict | list):
            path.append(part)
            here = _at(here, part)
    return Place(path, here, _fields(owner))


def pointer(path: Path) -> str:
    """The path as a JSON pointer, with ~ and / escaped as RFC 6901 says."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _at(value: dict[str, Any] | list[Any], part: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(str(part))
    return value[part] if isinstance(part, int) and part < len(value) else None


def _is_choice(annotation: Any) -> bool:
    return len([member for member in _members(annotation) if member is not NoneType]) > 1


def _chosen(annotation: Any, name: str | int) -> Any:
    """The member of a tagged union; Any for a choice between plain values, which ends there."""
    return next((model for model in _models(annotation) if _tag(model) == name), Any)


def _inside(annotation: Any, part: str | int) -> Any:
    """The annotation of a field, or of an item of a list."""
    if isinstance(part, int):
        lists = (member for member in _members(annotation) if get_origin(member) is tuple)
        return next((item for found in lists for item in get_args(found)), Any)
    fields = (model.model_fields[part] for model in _models(annotation) if part in model.model_fields)
    return next((field.annotation for field in fields), Any)


def _fields(annotation: Any) -> tuple[str, ...] | None:
    """By the names that are sent."""
    return next((tuple(map(_sent, model.model_fields.items())) for model in _models(annotation)), None)


def _sent(field: tuple[str, FieldInfo]) -> str:
    return field[1].alias or field[0]


def _tag(model: type[BaseModel]) -> Any:
    return model.model_fields["kind"].default if "kind" in model.model_fields else None


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [m for m in _members(annotation) if isinstance(m, type) and issubclass(m, BaseModel)]


def _members(annotation: Any) -> list[Any]:
    """What an annotation may stand for, with Annotated and unions opened."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [item for member in get_args(annotation) for item in _members(member)]
    return [annotation]
