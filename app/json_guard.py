"""What must hold of any JSON before a route sees it, found with a pointer to each place."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import FieldError, InvalidRequest, InvalidSpec
from core.spec.places import Path
from core.spec.problems import bounded, place

DEEPEST = 32
LARGEST = 2**63
_BAD_TEXT = re.compile("[\0\ud800-\udfff]")


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
    if findings := bounded(_findings(document, [])):
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


def _findings(value: Any, path: Path) -> Iterator[FieldError]:
    if len(path) > DEEPEST:
        yield FieldError(place(path), "too_deep", f"at most {DEEPEST} levels of nesting")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _text(key, path)
            yield from _findings(item, [*path, key])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _findings(item, [*path, index])
    else:
        yield from _leaf(value, path)


def _leaf(value: Any, path: Path) -> Iterator[FieldError]:
    match value:
        case str():
            yield from _text(value, path)
        case int() if abs(value) >= LARGEST:
            yield FieldError(place(path), "int_too_large", "integers must fit into 64 bits")
        case float() if not math.isfinite(value):
            yield FieldError(place(path), "finite_number", "must be a finite number")
        case _Twice():
            yield FieldError(place(path), "duplicate_key", "the same key is given twice")


def _text(text: str, path: Path) -> Iterator[FieldError]:
    if _BAD_TEXT.search(text):
        yield FieldError(place(path), "bad_text", "text must not hold NUL or lone surrogates")
