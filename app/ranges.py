"""Which parts of a file a Range header asks for, as RFC 9110 section 14 says."""

import re

from core.errors import RangeNotSatisfiable

MOST = 10  # parts; a header that asks for more is ignored
_PART = re.compile(r"(\d{1,100})-(\d{0,100})|-(\d{1,100})")
Part = tuple[int, int]


def parts(header: str, size: int) -> list[Part]:
    """First and last byte of each part; none where the header is malformed, and the whole file is due.

    RangeNotSatisfiable    every part lies behind the end
    """
    unit, _, listed = header.partition("=")
    words = [word.strip(" \t") for word in listed.split(",")]
    found = [_PART.fullmatch(word) for word in words if word]
    if unit.strip().lower() != "bytes" or not 0 < len(found) <= MOST:
        return []
    asked = []
    for match in found:
        if match is None:
            return []
        part = _part(match, size)
        if part is None:
            return []
        asked.append(part)
    within = [(first, min(last, size - 1)) for first, last in asked if first < size and first <= last]
    if not within:
        raise RangeNotSatisfiable(size)
    return within


def _part(match: re.Match[str], size: int) -> Part | None:
    """None for a part that ends before it starts."""
    first, last, suffix = match.groups()
    if suffix is not None:
        return max(0, size - int(suffix)), size - 1
    if not last:
        return int(first), max(int(first), size - 1)
    return (int(first), int(last)) if int(first) <= int(last) else None
