"""How a list of what people brought is cut: data sets and models alike."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from app.queries import ClosedQuery
from core import ids
from core.errors import FieldError, InvalidSpec
from core.store.cut import Cut


class LibraryQuery(ClosedQuery):
    """How to cut a list, and in which order; a subclass names the states."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=100, description="next_cursor of the page before")
    q: str | None = Field(None, max_length=200, description="part of the name")
    sort: Literal["-created_at", "created_at"] = Field("-created_at", description="with - the newest first")

    def behind(self, prefix: str) -> str | None:
        """The id that the page begins behind.

        InvalidSpec    the cursor is none of this list
        """
        if self.cursor is not None and not ids.is_id(prefix, self.cursor):
            raise InvalidSpec(errors=(FieldError("?cursor", "bad_cursor", "not a cursor of this list"),))
        return self.cursor

    def cut(self, states: Sequence[str]) -> Cut:
        return Cut(tuple(states), self.q, self.sort == "created_at")
