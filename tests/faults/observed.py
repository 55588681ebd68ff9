"""Jobs on a real store, and all that was promised about them: held together after every step."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis.stateful import RuleBasedStateMachine, invariant

from core.errors import LeaseLost
from core.lifecycle import FINISHED, JobState
from core.store.attempts import Claimed
from core.store.session import Database
from tests.faults.promises import Promised, followed, is_consistent, keeps_what_was_promised
from tests.faults.snapshot import Row, Snapshot, Snapshots
from worker.reaper import Reaper

LEASE_SECONDS = 60.0
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class FakeClock:
    """The wall clock, which may jump, and the monotonic one, which may not."""

    wall: datetime = START
    monotonic: float = 0.0

    def now(self) -> datetime:
        return self.wall

    def reset(self) -> None:
        self.wall, self.monotonic = START, 0.0


class Observed(RuleBasedStateMachine):
    """What a walk through the life of jobs can do is told by the class that inherits from this one."""

    # Rules that all of the class took. What is done in the end, to bring all to rest, is not counted.
    steps = 0

    def __init__(self, database: Database, clock: FakeClock, snapshots: Snapshots) -> None:
        super().__init__()
        clock.reset()
        snapshots.forget_all()
        self._database = database
        self._clock = clock
        self._snapshots = snapshots
        self._held: list[Claimed] = []
        self._promised: dict[str, Promised] = defaultdict(Promised)
        self._before: Snapshot = {}
        self._retried: str | None = None
        self._reapers = [Reaper(database, LEASE_SECONDS) for _ in range(2)]
        self._seen: list[tuple[str, int, int]] = []

    # What must hold.

    @invariant()
    def after_each_rule(self) -> None:
        """Once before the first as well, when nobody has submitted anything: that is no step."""
        type(self).steps += bool(self._promised)
        self.all_is_well()

    def all_is_well(self) -> None:
        after = self._snapshots.take()
        assert set(after) == set(self._promised), "what was accepted is there, and nothing else"
        for job_id, row in after.items():
            is_consistent(row)
            keeps_what_was_promised(row, self._promised[job_id])
            if job_id in self._before:
                followed(self._before[job_id], row, retried=self._retried == job_id)
        self._before, self._retried = after, None

    def _unfinished(self) -> list[Row]:
        return [row for row in self._before.values() if row.state not in FINISHED]

    def _job(self, which: int) -> str:
        return list(self._before)[which % len(self._before)]

    def _best(self) -> str | None:
        """The job that is to be claimed next."""
        due = [
            row
            for row in self._before.values()
            if row.state == JobState.QUEUED and (row.not_before is None or row.not_before <= self._clock.wall)
        ]
        return min(due, key=lambda row: (-row.priority, row.id)).id if due else None

    @contextmanager
    def _fenced(self, attempt: Claimed) -> Iterator[Promised]:
        """A write of a worker: it is done if the attempt owns the job, else nothing happens at all."""
        promised = self._promised[attempt.job_id]
        owns = promised.owner == attempt.number
        try:
            yield promised
        except LeaseLost:
            assert not owns, "the owner of a job can write"
            self._unchanged(self._before[attempt.job_id])
        else:
            assert owns, "who lost the job writes nothing"

    def _unchanged(self, before: Row) -> None:
        assert self._snapshots.take()[before.id] == before
