"""Turn pydantic's findings into errors a person can act on: a JSON pointer, what is allowed, a guess."""

import math
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from core.errors import FieldError
from core.spec.places import Place, locate, pointer

MOST = 100  # findings in one answer: a person reads no more, and an answer must not outgrow its question

# A number or a short text may be shown back; a whole document never.
_SHOWN = (str, int, float, bool, type(None))
_LONGEST = 100
# What pydantic calls by the names of Python.
_IN_JSON = {
    "tuple_type": ("list_type", "must be a list"),
    "model_type": ("object_type", "must be an object"),
    "model_attributes_type": ("object_type", "must be an object"),
}


def explain(errors: Sequence[Any], body: Any, model: type[BaseModel]) -> tuple[FieldError, ...]:
    """Every finding of pydantic's, once, with its place in the body as it was sent.

    errors    what ValidationError.errors() gives
    """
    findings = [_one(finding, locate(finding["loc"], body, model)) for finding in errors[:MOST]]
    return bounded(tuple({(f.pointer, f.code): f for f in findings}.values()), len(errors) - MOST)


def bounded(findings: tuple[FieldError, ...], more: int) -> tuple[FieldError, ...]:
    """The findings, and how many more there are."""
    return findings if more <= 0 else (*findings, FieldError("", "too_many", f"and {more} more"))


def suggestion(text: Any, allowed: tuple[Any, ...]) -> str | None:
    """The allowed word nearest to what was typed, if any is near."""
    words = [word for word in allowed if isinstance(word, str)]
    near = get_close_matches(str(text)[:_LONGEST].lower(), words, n=1, cutoff=0.6)
    return near[0] if near else None


def shown(value: Any) -> Any:
    """The value where it may be sent back: plain, short, and a number that JSON can hold."""
    if not isinstance(value, _SHOWN) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, str) and len(value) > _LONGEST:
        return value[:_LONGEST] + "…"
    return None if isinstance(value, int) and abs(value) >= 2**63 else value


def _one(finding: Any, place: Place) -> FieldError:
    path, got = place.path, place.value
    code, detail = _IN_JSON.get(finding["type"], (finding["type"], finding["msg"]))
    allowed: tuple[Any, ...] | None = None
    word = got
    match code:
        case "extra_forbidden":
            code, detail, allowed = "unknown_field", "no such field", place.fields
            word, got = path[-1], None
        case "literal_error":
            allowed = _quoted(finding["ctx"]["expected"])
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
        pointer=pointer([shown(part) for part in path]),
        code=code,
        detail=detail,
        got=shown(got),
        allowed=allowed,
        did_you_mean=suggestion(word, allowed) if allowed else None,
    )


def _quoted(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", text))
