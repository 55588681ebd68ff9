"""Where a page of a list ends, as an opaque text that only means something in the same list."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from core import ids
from core.errors import FieldError, InvalidSpec
from core.store.listing import Position, Sort, Wanted

LONGEST = 200


def cursor_of(position: Position, wanted: Wanted, owner: str | None) -> str:
    """The text that leads to what comes behind a position."""
    key = position.key.isoformat() if isinstance(position.key, datetime) else position.key
    document = json.dumps([key, position.job_id, _digest(wanted, owner)], separators=(",", ":"))
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def position_of(cursor: str, wanted: Wanted, owner: str | None) -> Position:
    """The position that a cursor names.

    InvalidSpec    it is none, or one of another list: other filters, another order, another owner
    """
    try:
        key, job_id, digest = _read(cursor)
        if digest != _digest(wanted, owner) or not ids.is_id("job", job_id):
            raise ValueError
        return Position(_key(key, wanted.sort), job_id)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        found = FieldError("?cursor", "bad_cursor", "not a cursor of this list: take next_cursor as it came")
        raise InvalidSpec(errors=(found,)) from error


def _read(cursor: str) -> Any:
    padded = cursor + "=" * (-len(cursor) % 4)
    return json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))


def _key(found: Any, sort: Sort) -> datetime | int | None:
    """The sort key, of the kind that this order has."""
    match sort:
        case Sort.LATEST_CHANGE | Sort.EARLIEST_CHANGE:
            moment = datetime.fromisoformat(found)
            if moment.tzinfo is None:
                raise ValueError
            return moment.astimezone(UTC)
        case Sort.HIGHEST_PRIORITY | Sort.LOWEST_PRIORITY:
            if type(found) is not int or not 0 <= found <= 100:
                raise ValueError
            return found
    if found is not None:
        raise ValueError
    return None


def _digest(wanted: Wanted, owner: str | None) -> str:
    """Of what is asked for, and of who asks: a position of another list would skip jobs, and say nothing."""
    dates = (wanted.created_after, wanted.created_before)
    asked = [
        owner, sorted(set(wanted.states)), sorted(set(wanted.tags)), wanted.text, wanted.sort,
        *(each and each.isoformat() for each in dates),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]
