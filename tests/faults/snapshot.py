"""Everything that is stored of a few jobs, read past our own code."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.lifecycle import FINISHED
from core.store.session import sqlite_module

JOBS = """
    SELECT id, state, wish, priority, attempt, failures, losses, drains, retries, event_seq, version,
           lease_owner, finished_at, not_before
    FROM jobs ORDER BY id
"""


@dataclass
class Row:
    """A job, with what hangs on it."""

    id: str
    state: str
    wish: str | None
    priority: int
    attempt: int
    failures: int
    losses: int
    drains: int
    retries: int
    event_seq: int
    version: int
    lease_owner: str | None
    finished_at: str | None
    not_before: datetime | None
    events: list[int]
    ends: int
    attempts: list[int]
    open_attempts: list[int]
    values: dict[int, float]
    checkpoints: list[int]


Snapshot = dict[str, Row]


class Snapshots:
    """A connection of its own to the SQLite file."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite_module().connect(path, isolation_level=None)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA synchronous = OFF")

    def take(self) -> Snapshot:
        """Every job as it is now."""
        events, ends = self._lists("SELECT job_id, seq FROM events ORDER BY seq"), self._ends()
        tried = self._lists("SELECT job_id, number FROM attempts ORDER BY number")
        is_open = self._lists("SELECT job_id, number FROM attempts WHERE ended_at IS NULL")
        values = self._lists("SELECT job_id, step, value FROM metrics")
        kept = self._lists("SELECT job_id, sequence FROM checkpoints ORDER BY sequence")
        return {
            job[0]: Row(
                *job[:-1], _moment(job[-1]), events[job[0]], ends[job[0]], tried[job[0]], is_open[job[0]],
                dict(values[job[0]]), kept[job[0]],
            )
            for job in self._run(JOBS)
        }  # fmt: skip

    def forget_all(self) -> None:
        """Start anew."""
        self._run("DELETE FROM jobs")

    def close(self) -> None:
        self._connection.close()

    def _ends(self) -> dict[str, int]:
        states = ", ".join(f"'{state}'" for state in sorted(FINISHED))
        query = f"SELECT job_id, count(*) FROM events WHERE kind = 'state' AND data ->> 'state' IN ({states})"
        return defaultdict(int, self._run(f"{query} GROUP BY job_id"))

    def _lists(self, query: str) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = defaultdict(list)
        for job_id, *rest in self._run(query):
            found[job_id].append(rest[0] if len(rest) == 1 else tuple(rest))
        return found

    def _run(self, query: str) -> Iterable[Any]:
        rows: list[Any] = self._connection.execute(query).fetchall()
        return rows


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
