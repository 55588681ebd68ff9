"""One process of many does a thing: a lease in the database, judged by each one's own monotonic clock."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.store.tables import Leader
from core.store.upsert import insert_new


def beats(session: Session, name: str) -> tuple[str, int] | None:
    """Who leads, and how often they have said so."""
    row = session.execute(select(Leader.holder, Leader.beats).where(Leader.name == name)).one_or_none()
    return None if row is None else (row.holder, row.beats)


def beat(session: Session, name: str, holder: str) -> bool:
    """Say that I still lead; False when I don't."""
    return _changed(session, name, holder, Leader.holder == holder)


def take(session: Session, name: str, holder: str, silent: tuple[str, int] | None) -> bool:
    """Lead instead of a holder that fell silent, or as the first; False when another was faster."""
    if silent is None:
        return insert_new(session, Leader, {"name": name, "holder": holder, "beats": 1})
    return _changed(session, name, holder, (Leader.holder == silent[0]) & (Leader.beats == silent[1]))


def resign(session: Session, name: str, holder: str) -> None:
    """Let the next one lead at once."""
    session.execute(delete(Leader).where(Leader.name == name, Leader.holder == holder))


def _changed(session: Session, name: str, holder: str, condition: object) -> bool:
    won = session.scalar(
        update(Leader)
        .where(Leader.name == name, condition)  # type: ignore[arg-type]
        .values(holder=holder, beats=Leader.beats + 1)
        .returning(Leader.name)
    )
    return won is not None
