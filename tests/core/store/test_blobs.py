"""A file that any row names is in use, on both databases."""

from typing import Any

from core.files import Blob
from core.store import artifacts, blobs, checkpoints, packs
from core.store.session import Database
from tests.builders import a_running_job


def digest(number: int) -> str:
    return f"{number:064x}"


def named(database: Database, *numbers: int) -> set[str]:
    with database.reading() as session:
        return blobs.named(session, [digest(number) for number in numbers])


def test_what_an_artifact_a_checkpoint_or_a_data_set_names_is_in_use(database: Database) -> None:
    attempt = a_running_job(database)
    row: dict[str, Any] = {"sequence": 1, "digest": digest(2), "bytes": 1, "best": False}
    file = {"name": "student.pt", "digest": digest(1), "bytes": 1, "media_type": "x/y"}
    with database.writing() as session:
        artifacts.record(session, attempt.job_id, 1, [file])
        checkpoints.record(session, attempt, "training", row)
        packs.record(session, "a set", Blob(digest(3), 1))

    assert named(database, 1, 2, 3, 4) == {digest(1), digest(2), digest(3)}
    assert named(database, 2, 4) == {digest(2)}

    with database.writing() as session:
        checkpoints.drop(session, attempt.job_id)
    assert named(database, 1, 2) == {digest(1)}


def test_of_nothing_nothing_is_in_use(database: Database) -> None:
    assert named(database) == set()
    assert named(database, 9) == set()


def test_many_are_looked_up_at_once(database: Database) -> None:
    assert named(database, *range(500)) == set()
