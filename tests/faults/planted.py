"""Defects, each of which the walk through the life of jobs must find."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core import lifecycle
from core.errors import LeaseLost
from core.lifecycle import Action, JobState, Wish
from core.store import attempts, checkpoints, events, jobs, metrics
from core.store.session import Session
from core.store.tables import Job
from worker import conclusion, reaper
from worker.batch import Batch
from worker.retry import Next

Plant = Callable[[pytest.MonkeyPatch], None]


def beats_of_anyone_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def mine(attempt: Any) -> Any:
        return update(Job).where(Job.id == attempt.job_id, Job.state == JobState.RUNNING)

    monkeypatch.setattr(attempts, "_mine", mine)


def anyone_may_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    def finish(session: Session, attempt: Any, to: JobState, outcome: str, *, error: Any, **more: Any) -> Any:
        job = session.get(Job, attempt.job_id)
        if job is None or job.state != JobState.RUNNING:
            raise attempts.LeaseLost
        return attempts.end(session, job, to, outcome, error=error, **more)

    monkeypatch.setattr(attempts, "finish", finish)


def a_cancel_is_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(to: JobState, wish: Wish | None) -> tuple[JobState, Wish | None]:
        return (to, None) if wish is Wish.CANCEL else lifecycle.settle(to, wish)

    monkeypatch.setattr(attempts, "settle", settle)


def a_stop_is_forgotten_when_a_worker_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "settle", lambda to, wish: (lifecycle.settle(to, wish)[0], None))


def the_reaper_does_not_look_at_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(self: Any, job: attempts.Running) -> Any:
        known = self._watched.get(job.job_id)
        same = known is not None and known.attempt == job.attempt
        return reaper.Watched(job.attempt, job.heartbeat, known.since if same else self._time, dead=False)

    monkeypatch.setattr(reaper.Reaper, "_seen", seen)


def what_moved_after_all_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_back(session: Session, job_id: str, number: int, heartbeat: int) -> Job | None:
        return session.scalar(select(Job).where(Job.id == job_id, Job.state == JobState.RUNNING))

    monkeypatch.setattr(attempts, "take_back", take_back)


def a_claim_does_not_raise_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = attempts.claim

    def planted(session: Session, *who: Any) -> Any:
        claimed = claim(session, *who)
        if claimed is not None:
            session.execute(update(Job).where(Job.id == claimed.job_id).values(attempt=Job.attempt - 1))
        return claimed

    monkeypatch.setattr(attempts, "claim", planted)


def back_off_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_due", lambda: Job.id == Job.id)


def an_event_has_a_gap_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    append = events.append

    def planted(session: Session, job_id: str, kind: str, data: dict[str, Any]) -> int:
        if kind == "wish":
            session.execute(update(Job).where(Job.id == job_id).values(event_seq=Job.event_seq + 1))
        return append(session, job_id, kind, data)

    monkeypatch.setattr(events, "append", planted)


def metrics_are_written_past_the_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: Any, session: Session, attempt: Any) -> Any:
        metrics.write(session, attempt.job_id, self.metrics)
        with suppress(LeaseLost):
            return attempts.beat(session, attempt)

    monkeypatch.setattr(Batch, "write", write)


def the_best_checkpoint_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    def forget(session: Session, job_id: str) -> None:
        for old in checkpoints.newest(session, job_id, "training")[checkpoints.KEPT :]:
            session.delete(old)

    monkeypatch.setattr(checkpoints, "_forget", forget)


def a_failure_is_repeated_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conclusion, "after_failure", lambda *_: Next(JobState.QUEUED))


def an_ended_job_can_be_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = lifecycle.answer

    def planted(action: Action, state: JobState, wish: Wish | None, **more: Any) -> Any:
        if action is Action.RESUME and state is JobState.CANCELLED:
            return lifecycle.Move(JobState.QUEUED)
        return answer(action, state, wish, **more)

    monkeypatch.setattr(jobs, "answer", planted)


# What each is found by, and the words that come with it. The first ones within a few lives.
PLANTS: dict[Plant, tuple[type[Exception], str]] = {
    a_claim_does_not_raise_the_number: (AssertionError, "every claim is one attempt"),
    a_stop_is_forgotten_when_a_worker_is_lost: (AssertionError, "a stop is not forgotten"),
    an_event_has_a_gap_before_it: (AssertionError, "events have no gap"),
    back_off_is_not_waited_for: (AssertionError, "the best job is claimed"),
    metrics_are_written_past_the_fence: (AssertionError, "who lost the job writes nothing"),
    the_best_checkpoint_is_forgotten: (AssertionError, "the two newest checkpoints and the best are kept"),
}
# These take several steps in the right order.
HIDDEN_PLANTS: dict[Plant, tuple[type[Exception], str]] = {
    a_cancel_is_forgotten_in_the_end: (AssertionError, "a cancel is never followed by more"),
    a_failure_is_repeated_for_ever: (AssertionError, "failures have a limit"),
    # The database has a rule of its own against this, and is the first to notice.
    an_ended_job_can_be_resumed: (IntegrityError, "an ended job stays ended"),
    anyone_may_finish: (AssertionError, "who lost the job writes nothing"),
    beats_of_anyone_count: (AssertionError, "who lost the job writes nothing"),
    the_reaper_does_not_look_at_heartbeats: (AssertionError, "taken from a worker heard of"),
    what_moved_after_all_is_taken_back: (AssertionError, "taken from a worker heard of"),
}
