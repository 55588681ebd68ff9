"""Insert, or replace what has the same primary key: said alike on SQLite and PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.store.tables import Table


def upsert(session: Session, table: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows; a row whose key exists replaces the old one."""
    if not rows:
        return
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    keys = [column.name for column in inspect(table).primary_key]
    statement: Any = insert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    session.execute(statement, list(rows))
