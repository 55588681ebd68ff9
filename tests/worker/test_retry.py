"""What follows an attempt."""

import pytest

from core.lifecycle import JobState
from worker.retry import LONGEST_DELAY_SECONDS, after_failure, after_loss, counted_as, delay


@pytest.mark.parametrize(
    ("retryable", "failures", "state"),
    [
        (True, 1, JobState.QUEUED),  # it may go better
        (True, 3, JobState.FAILED),  # but not for ever
        (False, 1, JobState.FAILED),  # the same seed diverges again
    ],
)
def test_what_follows_a_failure(retryable: bool, failures: int, state: JobState) -> None:
    assert after_failure(retryable, "trainer_died", failures).state is state


@pytest.mark.parametrize("code", ["disk_full", "files_unavailable"])
def test_a_disk_is_given_twenty_minutes_before_the_job_fails(code: str) -> None:
    waits = [after_failure(True, code, losses) for losses in range(1, 11)]

    assert [follows.state for follows in waits] == [JobState.QUEUED] * 9 + [JobState.FAILED]
    assert sum(follows.delay_seconds for follows in waits) > 20 * 60 - 90


def test_a_repeated_failure_waits_longer_each_time_up_to_a_limit() -> None:
    delays = [delay(failures) for failures in range(1, 12)]

    assert delays == sorted(delays)
    assert delays[0] == 5.0
    assert delays[-1] == LONGEST_DELAY_SECONDS


def test_lost_workers_are_borne_more_often_than_failures() -> None:
    assert after_loss(9).state is JobState.QUEUED
    assert after_loss(10).state is JobState.FAILED


@pytest.mark.parametrize(
    ("code", "counted"),
    [
        ("trainer_died", "failures"),
        ("diverged", "failures"),
        ("disk_full", "losses"),
        ("files_unavailable", "losses"),
    ],
)
def test_a_job_is_not_charged_for_its_machine(code: str, counted: str) -> None:
    assert counted_as(code) == counted
