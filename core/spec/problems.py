"""Turn pydantic's findings into errors a person can act on: a JSON pointer, what is allowed, a guess."""

import math
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from core.errors import FieldError
from core.spec.places import Path, Place, locate, pointer

MOST = 100  # findings in one answer: a person reads no more, and an answer must not outgrow its question

# A number or a short text may be shown back; a whole document never.
_SHOWN = (str, int, float, bool, type(None))
_LONGEST = 100
# What a person may have meant who names something of theirs where only what everybody has can be named.
_DATA = "; a data set of your own goes by its id, ds_…"
OF_YOUR_OWN = {
    "/dataset": _DATA, "/dataset/name": _DATA,
    "/teacher": "; a model of yours is a teacher's source, model_…",
}  # fmt: skip
_LITERAL = re.compile(r"'([^']*)'|(-?\d+)")
# What pydantic calls by the names of Python.
_IN_JSON = {
    "tuple_type": ("list_type", "must be a list"),
    "model_type": ("object_type", "must be an object"),
    "model_attributes_type": ("object_type", "must be an object"),
}


def explain(errors: Iterable[Any], body: Any, model: type[BaseModel]) -> tuple[FieldError, ...]:
    """Every finding of pydantic's, once, with its place in the body as it was sent.

    errors    what ValidationError.errors() gives
    """
    return bounded(_one(finding, locate(finding["loc"], body, model)) for finding in errors)


def bounded(findings: Iterable[FieldError]) -> tuple[FieldError, ...]:
    """Each place and code once, and a note instead of what goes beyond the limit."""
    found: dict[tuple[str, str], FieldError] = {}
    for finding in findings:
        found.setdefault((finding.pointer, finding.code), finding)
        if len(found) > MOST:
            return (*list(found.values())[:MOST], FieldError("", "too_many", "there are more"))
    return tuple(found.values())


def suggestion(text: Any, allowed: tuple[Any, ...]) -> str | None:
    """The allowed word nearest to what was typed, if any is near."""
    words = [word for word in allowed if isinstance(word, str)]
    near = get_close_matches(str(text)[:_LONGEST].lower(), words, n=1, cutoff=0.6)
    return near[0] if near else None


def shown(value: Any) -> Any:
    """The value where it may be sent back: plain, short, and a number that JSON can hold."""
    if not isinstance(value, _SHOWN) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, str):
        sound = value.encode(errors="replace").decode()  # a lone surrogate is no text elsewhere
        return sound if len(sound) <= _LONGEST else sound[:_LONGEST] + "…"
    return None if isinstance(value, int) and abs(value) >= 2**63 else value


def place(path: Path) -> str:
    """The pointer to a place, with endless names cut."""
    return pointer([shown(part) for part in path])


def choices(finding: Any) -> tuple[str | int, ...] | None:
    """The words and whole numbers of which one was to be chosen; None where it was not about that."""
    if finding["type"] not in ("literal_error", "enum"):
        return None
    return tuple(
        int(number) if number else word for word, number in _LITERAL.findall(finding["ctx"]["expected"])
    )


def _one(finding: Any, at: Place) -> FieldError:
    path, got = at.path, at.value
    code, detail = _in_json(finding)
    allowed: tuple[Any, ...] | None = None
    word = got
    match code:
        case "extra_forbidden":
            code, detail, allowed = "unknown_field", "no such field", at.fields
            word, got = path[-1], None
        case "literal_error":
            allowed = choices(finding)
            detail += OF_YOUR_OWN.get(place(path), "")
        case "union_tag_invalid":
            (tag,) = _quoted(finding["ctx"]["discriminator"])
            code, detail, allowed = (
                "literal_error",
                f"no such {tag}",
                _quoted(finding["ctx"]["expected_tags"]),
            )
            if isinstance(got, dict):
                path, got = [*path, tag], got[tag]
            word = got
        case "union_tag_not_found":
            path, code, detail, got = [*path, "kind"], "missing", "Field required", None
    return FieldError(
        pointer=place(path),
        code=code,
        detail=detail,
        got=shown(got),
        allowed=allowed,
        did_you_mean=suggestion(word, allowed) if allowed else None,
    )


def _in_json(finding: Any) -> tuple[str, str]:
    """Code and detail, without the names of Python."""
    match finding["type"], finding.get("ctx", {}):
        case "too_long", {"max_length": most}:
            return "too_long", f"must be a list of at most {most} {'item' if most == 1 else 'items'}"
        case "too_short", {"min_length": least}:
            return "too_short", f"must be a list of at least {least} {'item' if least == 1 else 'items'}"
    return _IN_JSON.get(finding["type"], (finding["type"], finding["msg"]))


def _quoted(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", text))
