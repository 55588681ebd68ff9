"""How a job moves from submission to its end.

    queued ──► running ──► succeeded
      │  ▲       ├───────► failed ─────┐
      │  └───────┤ drain, lost worker  │ retry → queued
      ├─► paused ◄┤                    │
      └──────────┴───────► cancelled ──┘

There is no `starting`: the phase says it. A person's wish is a column beside the state.
"""

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

_ACTIONS: dict[JobState, tuple[str, ...]] = {
    JobState.QUEUED: ("cancel",),
    JobState.RUNNING: ("cancel",),
    JobState.PAUSED: ("cancel",),
}


def allowed_actions(state: JobState) -> list[str]:
    """What a person may ask of a job in this state."""
    return list(_ACTIONS.get(state, ()))


def shown_state(state: JobState, wish: Wish | None) -> str:
    """The state as people see it: a running job with a wish is on its way."""
    if state is not JobState.RUNNING or wish is None:
        return state.value
    return {Wish.PAUSE: "pausing", Wish.STOP: "stopping", Wish.CANCEL: "cancelling"}[wish]
