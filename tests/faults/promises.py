"""What must hold of a job at any time, of what was promised, and from one step to the next."""

from dataclasses import dataclass, field

from core.lifecycle import FINISHED, NEXT, JobState, Wish
from core.store import checkpoints
from tests.faults.snapshot import Row
from worker.retry import MAX_FAILURES, MAX_LOSSES


@dataclass
class Promised:
    """What holds of a job, because somebody was told so."""

    wish: Wish | None = None
    failures: int = 0
    losses: int = 0
    drains: int = 0
    # The attempt that owns the job; None while nobody does.
    owner: int | None = None
    alive_at: float = 0.0
    values: dict[int, float] = field(default_factory=dict)
    checkpoints: dict[int, bool] = field(default_factory=dict)


def is_consistent(row: Row) -> None:
    """Whatever happened before."""
    running, finished = row.state == JobState.RUNNING, row.state in FINISHED
    assert row.events == list(range(1, row.event_seq + 1)), "events have no gap"
    assert row.attempts == list(range(1, row.attempt + 1)), "every claim is one attempt"
    assert row.open_attempts == ([row.attempt] if running else []), "only the newest attempt is open"
    assert (row.lease_owner is not None) == running
    assert (row.finished_at is not None) == finished
    assert row.ends == row.retries + finished, "a job ends once, and once more after each retry"
    assert row.wish in ((None, "pause", "stop", "cancel") if running else (None, "stop"))
    assert row.wish is None or not finished
    assert row.failures <= MAX_FAILURES, "failures have a limit"
    assert row.losses <= MAX_LOSSES, "losses have a limit"


def keeps_what_was_promised(row: Row, promised: Promised) -> None:
    assert (row.state == JobState.RUNNING) == (promised.owner is not None)
    assert (row.failures, row.losses, row.drains) == (promised.failures, promised.losses, promised.drains)
    assert row.values == promised.values, "one value a step, of who owned the job when it was written"
    _keeps_the_wish(row, promised.wish)
    newest = sorted(promised.checkpoints)[-checkpoints.KEPT :]
    best = [sequence for sequence, best in promised.checkpoints.items() if best][-1:]
    kept = [] if row.state == JobState.SUCCEEDED else sorted({*newest, *best})
    assert row.checkpoints == kept, "the two newest checkpoints and the best are kept"


def _keeps_the_wish(row: Row, wish: Wish | None) -> None:
    now = (row.state, row.wish)
    match wish:
        case Wish.CANCEL:
            assert now in {("running", "cancel"), ("cancelled", None)}, "a cancel is never followed by more"
        case Wish.PAUSE:
            assert row.state in ("paused", "succeeded", "failed") or now == ("running", "pause")
        case Wish.STOP:
            assert row.state in ("succeeded", "failed") or row.wish == "stop", "a stop is not forgotten"
        case None:
            assert row.state not in ("cancelled", "paused"), "nobody asked for that"
            assert row.wish is None


def followed(before: Row, after: Row, *, retried: bool) -> None:
    """One step moves a job once at most, and only as the table says."""
    assert after.state == before.state or after.state in NEXT[JobState(before.state)]
    assert after.retries == before.retries + retried, "only a person wakes what has ended"
    assert before.state not in FINISHED or after.state == before.state or retried, "an end is an end"
    claimed = (before.state, after.state) == ("queued", "running")
    assert after.attempt == before.attempt + claimed, "fencing numbers grow by claims only"
    seen = (before.state, before.wish), (after.state, after.wish)
    assert seen[0] == seen[1] or after.version > before.version, "a change has a version of its own"
