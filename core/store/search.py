"""Look for a part of a text: said alike on SQLite and PostgreSQL."""

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import InstrumentedAttribute


def contains(column: InstrumentedAttribute[Any], part: str) -> ColumnElement[bool]:
    """Whether the part occurs, in any case. It is sought in the normal form that names are stored in."""
    if "\0" in part:
        return false()  # no text here holds one, and PostgreSQL takes none
    return column.icontains(unicodedata.normalize("NFC", part), autoescape=True)
