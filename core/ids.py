"""Ids: a prefix that says what it is, then a ULID, so that ids sort by time."""

import re

from ulid import ULID

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"


def new(prefix: str) -> str:
    """A fresh id such as job_01J…"""
    return f"{prefix}_{ULID()}"


def is_id(prefix: str, text: str) -> bool:
    """Whether the text is an id of this kind, to the letter."""
    return re.fullmatch(f"{prefix}_{_ULID}", text) is not None
