"""What must hold of any JSON before a route sees it, found with a pointer to each place."""

import json
import math
from dataclasses import dataclass
from typing import Any

from core.errors import FieldError, InvalidRequest, InvalidSpec
from core.spec.places import pointer

DEEPEST = 32
LARGEST = 2**63


@dataclass(frozen=True)
class _Twice:
    """Stands in a parsed document where an object named a key more than once."""


def parse(body: bytes) -> Any:
    """The document that the bytes hold.

    InvalidRequest    they are not JSON in UTF-8
    InvalidSpec       they are, but hold what no field can take: NaN, Infinity, NUL, a lone surrogate,
                      an integer beyond 64 bits, a key twice, or more than 32 levels
    """
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=float)
    except UnicodeDecodeError as error:
        raise InvalidRequest("the body is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"the body is not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise InvalidRequest("the body is nested too deeply") from error
    except ValueError as error:
        raise InvalidRequest("the body holds a number with too many digits") from error
    if findings := tuple(_findings(document, [])):
        raise InvalidSpec(errors=findings)
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                document[key] = _Twice()
            seen.add(key)
    return document


def _findings(value: Any, path: list[str | int]) -> list[FieldError]:
    if len(path) > DEEPEST:
        return [FieldError(pointer(path), "too_deep", f"at most {DEEPEST} levels of nesting")]
    match value:
        case dict():
            keys = [f for key in value for f in _text(key, path)]
            return keys + [f for key, item in value.items() for f in _findings(item, [*path, key])]
        case list():
            return [f for index, item in enumerate(value) for f in _findings(item, [*path, index])]
        case str():
            return _text(value, path)
        case bool() | None:
            return []
        case int() if abs(value) >= LARGEST:
            return [FieldError(pointer(path), "int_too_large", "integers must fit into 64 bits")]
        case float() if not math.isfinite(value):
            return [FieldError(pointer(path), "finite_number", "must be a finite number")]
        case _Twice():
            return [FieldError(pointer(path), "duplicate_key", "the same key is given twice")]
    return []


def _text(text: str, path: list[str | int]) -> list[FieldError]:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        shown = [part if isinstance(part, int) else part.encode(errors="replace").decode() for part in path]
        return [FieldError(pointer(list(shown)), "bad_text", "text must not hold NUL or lone surrogates")]
    return []
