"""Insert, or replace what has the same primary key: said alike on SQLite and PostgreSQL."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import bindparam, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.store.tables import Counter, Table


def upsert(session: Session, table: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows; a row whose key exists replaces the old one."""
    if not rows:
        return
    keys = [column.name for column in inspect(table).primary_key]
    statement: Any = _insert(session)(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    session.execute(statement, list(rows))


def insert_new(
    session: Session, table: type[Table], row: dict[str, Any], unique_by: Sequence[str] = ()
) -> bool:
    """Insert a row unless its primary key, or what else it is unique by, exists; False when it does.

    On PostgreSQL this waits for another transaction that is inserting the same key.
    """
    keys = unique_by or [column.name for column in inspect(table).primary_key]
    statement: Any = _insert(session)(table).values(row).on_conflict_do_nothing(index_elements=keys)
    return session.scalar(statement.returning(*inspect(table).primary_key)) is not None


def raise_by(session: Session, counter: str, by: int) -> int:
    """Raise a counter, which begins at 0; returns what it is now."""
    # Past the session: no counter is ever one of its objects, and every event raises one.
    value: int = session.connection().scalar(_raising(_insert(session)), {"name": counter, "by": by})
    return value


@cache
def _raising(insert: Any) -> Any:
    by = bindparam("by", type_=Counter.value.type)
    statement = insert(Counter).values(name=bindparam("name"), value=by)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + by})
    return statement.returning(Counter.value)


def _insert(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
