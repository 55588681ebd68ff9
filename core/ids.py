"""Ids: a prefix that says what it is, then a ULID, so that ids sort by time."""

import re

from ulid import ULID

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"


def new(prefix: str) -> str:
    """A fresh id such as job_01J…"""
    return f"{prefix}_{ULID()}"


def earliest(prefix: str, seconds: float) -> str:
    """An id before all that are made from that moment on, and behind all that were made before it.

    seconds    since 1970; what no id can say counts as the first or last that it can
    """
    milliseconds = min(max(round(seconds * 1000), 0), 2**48 - 1)
    return f"{prefix}_{ULID.from_int(milliseconds << 80)}"


def is_id(prefix: str, text: str) -> bool:
    """Whether the text is an id of this kind, to the letter."""
    return re.fullmatch(f"{prefix}_{_ULID}", text) is not None
