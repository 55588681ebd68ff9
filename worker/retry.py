"""Where a job goes after an attempt: a pure decision."""

from dataclasses import dataclass
from typing import Literal

from core.lifecycle import JobState

# Failures are the job's own fault. Losses (a killed worker, a reboot) are not, and more of them are borne;
# drains are wanted, and never end a job.
MAX_FAILURES = 3
MAX_LOSSES = 10
# These are losses, too: they last until somebody frees a disk or mounts it again. 20 minutes, by the delays.
OF_THE_MACHINE = {"disk_full", "files_unavailable"}
FIRST_DELAY_SECONDS = 5.0
LONGEST_DELAY_SECONDS = 300.0


@dataclass(frozen=True)
class Next:
    """The next state of a job, and how long to wait before it may be claimed again."""

    state: JobState
    delay_seconds: float = 0.0


def counted_as(code: str) -> Literal["failures", "losses"]:
    """Which of the counts of a job a failed attempt adds to."""
    return "losses" if code in OF_THE_MACHINE else "failures"


def after_failure(retryable: bool, code: str, count: int) -> Next:
    """After an attempt ended with a cause. `count` is that of its kind, this one included."""
    borne = MAX_LOSSES if counted_as(code) == "losses" else MAX_FAILURES
    if not retryable or count >= borne:
        return Next(JobState.FAILED)
    return Next(JobState.QUEUED, delay(count))


def after_loss(losses: int) -> Next:
    """After a worker vanished with the job. `losses` counts this one too."""
    return Next(JobState.FAILED) if losses >= MAX_LOSSES else Next(JobState.QUEUED)


def delay(count: int) -> float:
    """Doubling from 5 seconds, at most 5 minutes."""
    return min(FIRST_DELAY_SECONDS * 2.0 ** (count - 1), LONGEST_DELAY_SECONDS)
