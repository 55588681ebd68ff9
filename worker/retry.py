"""Where a job goes after an attempt: a pure decision."""

from dataclasses import dataclass

from core.lifecycle import JobState

# Failures are the job's own fault. Losses (a killed worker, a reboot) are not, and more of them are borne;
# drains are wanted, and never end a job.
MAX_FAILURES = 3
MAX_LOSSES = 10
# Nor are these: they last until somebody frees a disk or mounts it again. 20 minutes, with these delays.
OF_THE_MACHINE = {"disk_full", "files_unavailable"}
MAX_FAILURES_OF_THE_MACHINE = 10
FIRST_DELAY_SECONDS = 5.0
LONGEST_DELAY_SECONDS = 300.0


@dataclass(frozen=True)
class Next:
    """The next state of a job, and how long to wait before it may be claimed again."""

    state: JobState
    delay_seconds: float = 0.0


def after_failure(retryable: bool, failures: int, code: str = "") -> Next:
    """After an attempt failed by itself. `failures` counts this one too."""
    borne = MAX_FAILURES_OF_THE_MACHINE if code in OF_THE_MACHINE else MAX_FAILURES
    if not retryable or failures >= borne:
        return Next(JobState.FAILED)
    return Next(JobState.QUEUED, delay(failures))


def after_loss(losses: int) -> Next:
    """After a worker vanished with the job. `losses` counts this one too."""
    return Next(JobState.FAILED) if losses >= MAX_LOSSES else Next(JobState.QUEUED)


def delay(failures: int) -> float:
    """Doubling from 5 seconds, at most 5 minutes."""
    return min(FIRST_DELAY_SECONDS * 2.0 ** (failures - 1), LONGEST_DELAY_SECONDS)
