"""Times that people send: RFC 3339, with a time zone, and of a year that every part of the house can hold."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)  # fmt: skip


def _moment(value: Any) -> Any:
    """In UTC. A number would be taken for seconds, a day for its midnight somewhere."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("datetime", "must be a time such as 2026-01-31T12:00:00Z, with its zone")
    try:
        # More than microseconds nobody keeps.
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value.upper())).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError("datetime", "must be a time from the year 1 to 9999") from error


Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_moment)]
