"""Where each attempt began, and where it ought to: at the newest sound checkpoint that an earlier one stored.

Of a job that starts anew at every attempt the student is the same. Checkpoints are forgotten in time, so the
database itself notes each of them in the transaction that stores it.
"""

import re
from collections import defaultdict

from sqlalchemy import select, text

from core.store import events
from core.store.session import Database, Session
from core.store.tables import LogLine

_SAID = re.compile(r"(goes on after )?step (\d+)")
_TABLE = "CREATE TABLE noted (job_id text, attempt integer, sequence integer)"
_NOTE = "INSERT INTO noted VALUES (NEW.job_id, NEW.attempt, NEW.sequence);"
_TRIGGER = "CREATE TRIGGER note_{0} AFTER {0} ON checkpoints FOR EACH ROW WHEN (NEW.kind = 'training') {1}"
_FUNCTION = f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {_NOTE} RETURN NULL; END'"


def note_checkpoints(database: Database) -> None:
    """From now on. One that is stored again is noted again, as one of the later attempt."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    action = f"BEGIN {_NOTE} END" if is_sqlite else "EXECUTE FUNCTION note()"
    triggers = [_TRIGGER.format(cause, action) for cause in ("INSERT", "UPDATE")]
    with database.writing() as session:
        for statement in [_TABLE, *([] if is_sqlite else [_FUNCTION]), *triggers]:
            session.execute(text(statement))


def noted(database: Database, job_id: str) -> list[tuple[int, int]]:
    """Attempt and step of every checkpoint of a job that was ever stored."""
    query = text("SELECT attempt, sequence FROM noted WHERE job_id = :id")
    with database.reading() as session:
        return [(row.attempt, row.sequence) for row in session.execute(query, {"id": job_id})]


def began(database: Database, job_id: str) -> dict[int, int]:
    """The step after which each attempt began, as its trainer said; nothing of one that could say nothing."""
    query = select(LogLine).where(LogLine.job_id == job_id).order_by(LogLine.attempt, LogLine.line)
    found: dict[int, int] = {}
    with database.reading() as session:
        for line in session.scalars(query):
            if said := _SAID.fullmatch(line.text):
                found.setdefault(line.attempt, int(said[2]) - (said[1] is None))
    return found


def last_step(database: Database, job_id: str, attempt: int) -> int:
    """How far an attempt came that could say everything."""
    query = select(LogLine.text).where(LogLine.job_id == job_id, LogLine.attempt == attempt)
    with database.reading() as session:
        return max(int(said[2]) for line in session.scalars(query) if (said := _SAID.fullmatch(line)))


def ought_to_begin(database: Database, job_id: str) -> dict[int, int]:
    """The same, by what was stored before each attempt, and was not told of as damaged when it looked."""
    with database.reading() as session:
        damaged = _damaged(session, job_id)
    stored = noted(database, job_id)
    return {
        number: max((step for by, step in stored if by < number and step not in unsound), default=0)
        for number, unsound in damaged.items()
    }


def _damaged(session: Session, job_id: str) -> dict[int, set[int]]:
    """By attempt: which checkpoints it could not take."""
    found: dict[int, set[int]] = defaultdict(set)
    number = 0
    for event in events.after(session, job_id, 0, limit=5000):
        if event.data.get("state") == "running":
            number = event.data["attempt"]
            found[number] = set()
        if event.kind == "checkpoint_damaged":
            found[number].add(event.data["sequence"])
    return found
