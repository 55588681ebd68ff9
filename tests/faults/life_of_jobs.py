"""Jobs, workers and dispatchers that do anything at any time, on the real store, against a clock of its own.

What is real: every function of core.store and core.lifecycle that a job meets, and the worker's batch,
conclusion, reaper and retry. What is not there: processes, a broker, files. A worker is an attempt that some
process believes to hold; it may go on with it whenever it likes, also long after it has lost it.

After every step everything is read anew and held against what was promised.
"""

import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from core.errors import Conflict
from core.files import FileStore
from core.lifecycle import FINISHED, Action, JobState, Wish
from core.spec import JobSpec
from core.store import attempts, checkpoints, jobs, listing
from core.store.attempts import Claimed
from tests.builders import ME
from tests.faults.observed import LEASE_SECONDS, Observed
from tests.faults.promises import Promised
from worker.batch import Batch
from worker.conclusion import conclude
from worker.holding import Holding
from worker.outcome import Outcome, failure
from worker.reaper import Reaper

MOST_JOBS, MOST_AT_ONCE = 12, 3
# As often as a dispatcher has to look before it takes a job back, and once more.
LOOK_SECONDS, MOST_LOOKS = 10, 8
SPECS = {priority: JobSpec(priority=priority) for priority in (10, 50, 90)}
ANY = st.integers(0, 11)
OUTCOMES = ("succeeded", "failed, may pass", "failed for good", "suspended", "cancelled")
NO_FILES = FileStore(Path("nowhere"))
NO_DRAIN = Holding(Path("nowhere"), drain_seconds=30.0)


class LifeOfJobs(Observed):
    """Walks through everything that can happen to a few jobs."""

    # What people do.

    @initialize()
    def submit_the_first(self) -> None:
        self._submit(50)

    @precondition(lambda self: len(self._before) < MOST_JOBS and len(self._unfinished()) < MOST_AT_ONCE)
    @rule(priority=st.sampled_from(sorted(SPECS)))
    def submit(self, priority: int) -> None:
        self._submit(priority)

    def _submit(self, priority: int) -> None:
        with self._database.writing() as session:
            self._promised[jobs.submit(session, SPECS[priority], ME).id] = Promised()

    @rule(which=ANY, action=st.sampled_from(list(Action)))
    def ask(self, which: int, action: Action) -> None:
        job_id = self._job(which)
        before = self._before[job_id]
        changed = False
        with suppress(Conflict), self._database.writing() as session:
            changed = jobs.act(session, jobs.get(session, job_id, ME), action)
        if not changed:
            self._unchanged(before)
        elif action is Action.RETRY:
            self._retried = job_id
            kept = self._promised[job_id]
            self._promised[job_id] = Promised(values=kept.values, checkpoints=kept.checkpoints)
        elif action is Action.RESUME:
            stops = before.wish == Wish.STOP
            self._promised[job_id].wish = Wish.STOP if stops else None
        elif not (action is Action.PAUSE and before.wish == Wish.STOP):
            self._promised[job_id].wish = Wish(action.value)

    # What workers do.

    @precondition(lambda self: any(row.state == JobState.QUEUED for row in self._before.values()))
    @rule()
    def claim(self) -> None:
        best = self._best()
        with self._database.writing() as session:
            claimed = attempts.claim(session, f"wrk_{len(self._held)}", "host", 0)
        assert (claimed.job_id if claimed else None) == best, "the best job is claimed, if there is one"
        if claimed is None:
            return
        assert claimed.number == self._before[claimed.job_id].attempt + 1
        promised = self._promised[claimed.job_id]
        assert (claimed.failures, claimed.losses, claimed.drains) == (
            promised.failures, promised.losses, promised.drains,
        )  # fmt: skip
        promised.owner, promised.alive_at = claimed.number, self._clock.monotonic
        self._held.append(claimed)

    @precondition(lambda self: self._held)
    @rule(which=ANY, step=st.integers(0, 2))
    def report(self, which: int, step: int) -> None:
        """A worker renews its lease, with a metric of its own."""
        attempt, batch = self._held[which % len(self._held)], Batch()
        value = attempt.number + step / 10
        batch.add({"event": "metrics", "step": step, "epoch": step, "seconds": 0.0, "values": {"x": value}})
        with self._fenced(attempt) as promised, self._database.writing() as session:
            wish = batch.write(session, attempt)
            assert wish == self._before[attempt.job_id].wish, "a worker is told what the person wants"
            promised.values[step] = value
            promised.alive_at = self._clock.monotonic

    @precondition(lambda self: self._held)
    @rule(which=ANY, bests=st.lists(st.booleans(), min_size=1, max_size=3))
    def keep_checkpoints(self, which: int, bests: list[bool]) -> None:
        attempt = self._held[which % len(self._held)]
        for best in bests:
            sequence = max(self._promised[attempt.job_id].checkpoints, default=0) + 1
            row = {"sequence": sequence, "digest": f"{sequence:064}", "bytes": 1, "best": best}
            with self._fenced(attempt) as promised, self._database.writing() as session:
                checkpoints.record(session, attempt, "training", row)
                promised.checkpoints[sequence] = best
                promised.alive_at = self._clock.monotonic

    @precondition(lambda self: self._held)
    @rule(which=ANY, what=st.sampled_from(OUTCOMES), again=st.booleans())
    def end(self, which: int, what: str, again: bool) -> None:
        """A worker comes to an end; `again` it will try to write it a second time."""
        attempt = self._held[which % len(self._held)]
        if what == "cancelled" and self._before[attempt.job_id].wish != Wish.CANCEL:
            what = "suspended"
        with self._fenced(attempt) as promised:
            conclude(self._database, NO_FILES, attempt, _outcome(what, attempt), NO_DRAIN)
            promised.owner = None
            if what.startswith("failed"):
                promised.failures += 1
            if what == "suspended":
                promised.drains += 1
        if not again:
            self._held.remove(attempt)

    @precondition(lambda self: self._held)
    @rule(which=ANY)
    def crash(self, which: int) -> None:
        """A worker is gone, and never heard of again. One that is frozen is only left alone for a while."""
        self._held.pop(which % len(self._held))

    # What dispatchers do. Two believe that they lead; their list of what runs may be an old one.

    @rule(which=st.integers(0, 1), looks=st.booleans(), meanwhile=st.booleans())
    def reap(self, which: int, looks: bool, meanwhile: bool = False) -> None:
        """A dispatcher judges by what it has seen; a worker may say something between look and judgement."""
        if looks:
            with self._database.reading() as session:
                self._seen = attempts.running(session)
        if meanwhile and self._held:
            self.report(-1, 0)
        self._reapers[which].turn(self._seen, self._clock.monotonic)
        after = self._snapshots.take()
        for job_id, row in self._before.items():
            if row.state == JobState.RUNNING and after[job_id].state != JobState.RUNNING:
                promised = self._promised[job_id]
                silent = self._clock.monotonic - promised.alive_at
                assert silent > LEASE_SECONDS, f"taken from a worker heard of {silent} s ago"
                promised.owner = None
                promised.losses += 1

    @rule(which=st.integers(0, 1), looks=st.integers(2, MOST_LOOKS), heard=st.integers(0, MOST_LOOKS))
    def look_on(self, which: int, looks: int, heard: int) -> None:
        """A dispatcher that looks all the while that time passes: only so will it call a worker silent.

        A worker may say something at one of these moments, and just after that look.
        """
        for look in range(looks):
            self.wait(LOOK_SECONDS)
            self.reap(which, looks=True, meanwhile=look == heard)
            self.all_is_well()

    @rule(which=st.integers(0, 1))
    def restart_dispatcher(self, which: int) -> None:
        self._reapers[which] = Reaper(self._database, LEASE_SECONDS)

    # What time does.

    @rule(seconds=st.sampled_from([10, 40, 61]))
    def wait(self, seconds: int) -> None:
        self._clock.monotonic += seconds
        self._clock.wall += timedelta(seconds=seconds)

    @rule(hours=st.sampled_from([-1, 1]))
    def set_the_clock(self, hours: int) -> None:
        self._clock.wall += timedelta(hours=hours)

    def teardown(self) -> None:
        """Every worker crashes; every job comes to its end all the same."""
        if sys.exc_info()[0] is not None:
            return
        self._held.clear()
        for _ in range(6 * MOST_AT_ONCE):
            self._resume_what_is_paused()
            self.set_the_clock(1)
            self.look_on(0, MOST_LOOKS, heard=MOST_LOOKS)
            self.claim()
            self.all_is_well()
            if self._held:
                self.end(0, "succeeded", again=False)
                self.all_is_well()
            if not self._unfinished():
                break
        with self._database.reading() as session:
            listed = [(job.id, job.state) for job in listing.page(session, ME, limit=MOST_JOBS).jobs]
        assert sorted(listed) == sorted((row.id, row.state) for row in self._before.values())
        assert {state for _, state in listed} <= FINISHED, "every job comes to an end"

    def _resume_what_is_paused(self) -> None:
        for number, row in enumerate(self._before.values()):
            if row.state == JobState.PAUSED:
                self.ask(number, Action.RESUME)
                self.all_is_well()


def _outcome(what: str, attempt: Claimed) -> Outcome:
    if what.startswith("failed"):
        code = "trainer_died" if what == "failed, may pass" else "diverged"
        return Outcome("failed", error=failure(code, "it failed", phase=None, attempt=attempt.number))
    return Outcome(what)  # type: ignore[arg-type]
