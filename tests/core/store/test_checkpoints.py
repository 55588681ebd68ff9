"""Checkpoints: the two newest and the best are kept, and only by who owns the job, on both databases."""

from typing import Any

import pytest

from core.errors import LeaseLost
from core.lifecycle import JobState
from core.store import checkpoints
from core.store.attempts import Claimed
from core.store.checkpoints import Kind
from core.store.session import Database
from tests.builders import a_claim, a_running_job, finish, lose, stored


def keep(
    database: Database, attempt: Claimed, sequence: int, *, best: bool = False, kind: Kind = "training"
) -> None:
    row: dict[str, Any] = {"sequence": sequence, "digest": f"{sequence:064}", "bytes": 7, "best": best}
    with database.writing() as session:
        checkpoints.record(session, attempt, kind, row)


def kept(database: Database, job_id: str, kind: Kind = "training") -> list[int]:
    with database.reading() as session:
        return [found.sequence for found in checkpoints.newest(session, job_id, kind)]


def test_a_checkpoint_says_whose_it_is_and_what(database: Database) -> None:
    attempt = a_running_job(database)

    keep(database, attempt, 3, best=True)

    with database.reading() as session:
        (found,) = checkpoints.newest(session, attempt.job_id, "training")
    assert (found.attempt, found.digest, found.bytes, found.best) == (1, f"{3:064}", 7, True)


@pytest.mark.parametrize(
    ("best", "left"),
    [
        ([], [5, 4]),
        ([5], [5, 4]),
        ([4], [5, 4]),
        ([1], [5, 4, 1]),
        ([1, 3], [5, 4, 3]),  # only the newest best is the best
        ([1, 2, 3, 4, 5], [5, 4]),
    ],
)
def test_the_two_newest_and_the_best_are_kept(database: Database, best: list[int], left: list[int]) -> None:
    attempt = a_running_job(database)

    for sequence in range(1, 6):
        keep(database, attempt, sequence, best=sequence in best)

    assert kept(database, attempt.job_id) == left


def test_a_teacher_is_kept_beside_them(database: Database) -> None:
    attempt = a_running_job(database)
    keep(database, attempt, 1, kind="teacher")

    for sequence in range(2, 6):
        keep(database, attempt, sequence)

    assert kept(database, attempt.job_id, "teacher") == [1]
    assert kept(database, attempt.job_id) == [5, 4]


def test_a_repeated_attempt_writes_the_same_ones_again(database: Database) -> None:
    first = a_running_job(database)
    for sequence in (1, 2, 3):
        keep(database, first, sequence)
    lose(database, first)
    second = a_claim(database)
    assert second is not None

    keep(database, second, 3)

    with database.reading() as session:
        found = checkpoints.newest(session, first.job_id, "training")
    assert [(one.sequence, one.attempt) for one in found] == [(3, 2), (2, 1)]


def test_a_checkpoint_is_a_sign_of_life(database: Database) -> None:
    attempt = a_running_job(database)

    keep(database, attempt, 1)

    assert stored(database, attempt.job_id).heartbeat == 1


def test_who_lost_the_job_keeps_nothing(database: Database) -> None:
    old = a_running_job(database)
    keep(database, old, 1)
    lose(database, old)

    with pytest.raises(LeaseLost):
        keep(database, old, 2)
    assert a_claim(database) is not None
    with pytest.raises(LeaseLost):
        keep(database, old, 2)

    assert kept(database, old.job_id) == [1]


def test_the_checkpoints_of_each_job_are_its_own(database: Database) -> None:
    one, other = a_running_job(database), a_running_job(database)
    for sequence in (1, 2, 3):
        keep(database, one, sequence)
    keep(database, other, 1)

    with database.writing() as session:
        checkpoints.drop(session, one.job_id)

    assert (kept(database, one.job_id), kept(database, other.job_id)) == ([], [1])


def test_a_pause_keeps_what_the_job_goes_on_from(database: Database) -> None:
    attempt = a_running_job(database)
    keep(database, attempt, 1)

    finish(database, attempt, JobState.QUEUED)

    assert kept(database, attempt.job_id) == [1]
