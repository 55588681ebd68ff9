"""Turn pydantic's findings into errors a person can act on: a JSON pointer, what is allowed, a guess."""

import math
import re
from collections.abc import Iterable
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from core.errors import FieldError

# A number or a short text may be shown back; a whole document never.
_SHOWN = (str, int, float, bool, type(None))
_LONGEST = 100


def explain(errors: Iterable[Any], body: Any, model: type[BaseModel]) -> tuple[FieldError, ...]:
    """Every finding of pydantic's, once, with its place in the body as it was sent.

    errors    what ValidationError.errors() gives
    """
    findings = [_one(finding, body, model) for finding in errors]
    return tuple({(f.pointer, f.code): f for f in findings}.values())


def suggestion(text: Any, allowed: tuple[Any, ...]) -> str | None:
    """The allowed word nearest to what was typed, if any is near."""
    words = [word for word in allowed if isinstance(word, str)]
    near = get_close_matches(str(text).lower(), words, n=1, cutoff=0.6)
    return near[0] if near else None


def _one(finding: Any, body: Any, model: type[BaseModel]) -> FieldError:
    path, got = locate(finding["loc"], body)
    code, detail = finding["type"], finding["msg"]
    allowed: tuple[Any, ...] | None = None
    word = got
    match code:
        case "extra_forbidden":
            code, detail = "unknown_field", "no such field"
            word, got, allowed = path[-1], None, _fields_at(model, finding["loc"])
        case "literal_error":
            allowed = _quoted(finding["ctx"]["expected"])
        case "union_tag_invalid":
            tag = finding["ctx"]["discriminator"].strip("'")
            word = got = finding["ctx"]["tag"]
            path, allowed = [*path, tag], _quoted(finding["ctx"]["expected_tags"])
            code, detail = "literal_error", f"no such {tag}"
        case "union_tag_not_found":
            path, code, detail, got = [*path, "kind"], "missing", "Field required", None
        case "missing":
            got = None
    return FieldError(
        pointer=pointer(path),
        code=code,
        detail=detail,
        got=_shown(got),
        allowed=allowed,
        did_you_mean=suggestion(word, allowed) if allowed else None,
    )


def pointer(path: list[str | int]) -> str:
    """The path as a JSON pointer, with ~ and / escaped as RFC 6901 says."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def locate(loc: tuple[str | int, ...], body: Any) -> tuple[list[str | int], Any]:
    """The path of a finding in the body, without pydantic's union tags, and the value found there."""
    path: list[str | int] = []
    here = body
    for index, part in enumerate(loc):
        if _holds(here, part):
            here = here[part]
        elif isinstance(here, dict) and index == len(loc) - 1 and _is_name(part):
            return [*path, part], None
        else:
            continue
        path.append(part)
    return path, here


def _holds(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def _is_name(part: str | int) -> bool:
    return isinstance(part, str) and re.fullmatch(r"[a-z_0-9]+", part) is not None


def _fields_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> tuple[str, ...] | None:
    """The fields of the model that the unknown field was given to."""
    here: Any = model
    for part in loc[:-1]:
        here = _descend(here, part)
    found = [item for item in _members(here) if isinstance(item, type) and issubclass(item, BaseModel)]
    return tuple(found[0].model_fields) if found else None


def _descend(annotation: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return next((get_args(m)[0] for m in _members(annotation) if get_origin(m) is tuple), None)
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            if part in member.model_fields:
                field = member.model_fields[part]
                return field.annotation
            if part in (_tag(member), member.__name__):
                return member
    return annotation


def _tag(model: type[BaseModel]) -> str | None:
    return model.model_fields["kind"].default if "kind" in model.model_fields else None


def _members(annotation: Any) -> list[Any]:
    """What an annotation may stand for, with Annotated and unions opened."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [item for member in get_args(annotation) for item in _members(member)]
    return [annotation]


def _quoted(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", text))


def _shown(value: Any) -> Any:
    if not isinstance(value, _SHOWN) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, str) and len(value) > _LONGEST:
        return value[:_LONGEST] + "…"
    return None if isinstance(value, int) and abs(value) >= 2**63 else value
