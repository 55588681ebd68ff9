"""How a job moves from submission to its end, and what a person may ask of it on the way.

    queued ──► running ──► succeeded
      │  ▲       ├───────► failed ─────┐
      │  └───────┤ drain, lost worker  │ retry → queued
      ├─► paused ◄┤                    │
      └──────────┴───────► cancelled ──┘

There is no `starting`: the phase says it. A person's wish is a column beside the state.
"""

from dataclasses import dataclass
from enum import StrEnum


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Wish(StrEnum):
    """What a person asked of a running job, and its worker has yet to do."""

    PAUSE = "pause"
    STOP = "stop"
    CANCEL = "cancel"


class Action(StrEnum):
    """What a person can ask of a job."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    CANCEL = "cancel"
    RETRY = "retry"


@dataclass(frozen=True)
class Move:
    """The action is done at once, by a move to this state."""

    to: JobState


@dataclass(frozen=True)
class Ask:
    """The action is asked of the worker, as a wish; None withdraws one that it has not obeyed yet."""

    wish: Wish | None


class Answer(StrEnum):
    """The action changes nothing."""

    ALREADY = "already"
    REFUSED = "refused"


NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.PAUSED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(
        {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.PAUSED, JobState.QUEUED}
    ),
    JobState.PAUSED: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
    JobState.SUCCEEDED: frozenset(),
}

FINISHED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})

_WAITING: dict[tuple[Action, JobState], Move | Answer] = {
    (Action.PAUSE, JobState.QUEUED): Move(JobState.PAUSED),
    (Action.PAUSE, JobState.PAUSED): Answer.ALREADY,
    (Action.RESUME, JobState.PAUSED): Move(JobState.QUEUED),
    (Action.RESUME, JobState.QUEUED): Answer.ALREADY,
    (Action.CANCEL, JobState.QUEUED): Move(JobState.CANCELLED),
    (Action.CANCEL, JobState.PAUSED): Move(JobState.CANCELLED),
    (Action.CANCEL, JobState.CANCELLED): Answer.ALREADY,
    (Action.RETRY, JobState.FAILED): Move(JobState.QUEUED),
    (Action.RETRY, JobState.CANCELLED): Move(JobState.QUEUED),
}
# While a job runs, by the wish that is already there. What is not listed is refused.
_RUNNING: dict[tuple[Action, Wish | None], Ask | Answer] = {
    (Action.PAUSE, None): Ask(Wish.PAUSE),
    (Action.PAUSE, Wish.PAUSE): Answer.ALREADY,
    (Action.RESUME, None): Answer.ALREADY,
    (Action.RESUME, Wish.PAUSE): Ask(None),
    (Action.STOP, None): Ask(Wish.STOP),
    (Action.STOP, Wish.PAUSE): Ask(Wish.STOP),
    (Action.STOP, Wish.STOP): Answer.ALREADY,
    (Action.CANCEL, None): Ask(Wish.CANCEL),
    (Action.CANCEL, Wish.PAUSE): Ask(Wish.CANCEL),
    (Action.CANCEL, Wish.STOP): Ask(Wish.CANCEL),
    (Action.CANCEL, Wish.CANCEL): Answer.ALREADY,
}


def answer(
    action: Action, state: JobState, wish: Wish | None, *, retried: bool = False
) -> Move | Ask | Answer:
    """What becomes of an action.

    retried    the job was retried since it last ended: then asking for that again is no mistake
    """
    if action is Action.RETRY and retried and state not in FINISHED:
        return Answer.ALREADY
    if action is Action.STOP and wish is Wish.STOP:
        # Its worker was lost or shut down before it obeyed: the next attempt will.
        return Answer.ALREADY
    if state is JobState.RUNNING:
        return _RUNNING.get((action, wish), Answer.REFUSED)
    return _WAITING.get((action, state), Answer.REFUSED)


def allowed_actions(state: JobState, wish: Wish | None = None) -> list[str]:
    """What a person may ask of a job now, and would change something."""
    return [action.value for action in Action if isinstance(answer(action, state, wish), Move | Ask)]


def settle(to: JobState, wish: Wish | None) -> tuple[JobState, Wish | None]:
    """Where a job really goes when its attempt ends in `to`, and the wish that stays.

    A wish that was accepted before the end is kept. A cancel holds in any case; a pause holds where the job
    would have been queued again; a stop waits for the next attempt, which then ends at once with its best.
    """
    if wish is Wish.CANCEL:
        return JobState.CANCELLED, None
    if to is JobState.QUEUED and wish is Wish.PAUSE:
        return JobState.PAUSED, None
    return to, wish if to is JobState.QUEUED else None


def shown_state(state: JobState, wish: Wish | None) -> str:
    """The state as people see it: a running job with a wish is on its way."""
    if state is not JobState.RUNNING or wish is None:
        return state.value
    return {Wish.PAUSE: "pausing", Wish.STOP: "stopping", Wish.CANCEL: "cancelling"}[wish]
