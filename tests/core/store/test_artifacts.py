"""Which files a job has, and which blobs hold data sets."""

import pytest
from sqlalchemy import delete

from core.errors import NotFound
from core.files import Blob
from core.store import artifacts, packs
from core.store.session import Database
from core.store.tables import Artifact, Job
from tests.builders import a_job


def publish(database: Database, job_id: str, attempt: int = 1, **digests: str) -> None:
    rows = [
        {"name": name, "digest": digest, "bytes": 2**40, "media_type": "application/json"}
        for name, digest in digests.items()
    ]
    with database.writing() as session:
        artifacts.record(session, job_id, attempt, rows)


def of_job(database: Database, job_id: str) -> list[tuple[str, str, int]]:
    with database.reading() as session:
        return [(found.name, found.digest, found.attempt) for found in artifacts.of_job(session, job_id)]


def get(database: Database, job_id: str, name: str) -> Artifact:
    with database.reading() as session:
        return artifacts.get(session, job_id, name)


def test_files_are_listed_by_name(database: Database) -> None:
    job_id, other = a_job(database), a_job(database)

    publish(database, job_id, report="b", checkpoint="a")
    publish(database, other, spec="c")

    assert of_job(database, job_id) == [("checkpoint", "a", 1), ("report", "b", 1)]
    found = get(database, job_id, "report")
    assert (found.digest, found.bytes, found.media_type) == ("b", 2**40, "application/json")


def test_a_later_attempt_replaces_a_file(database: Database) -> None:
    job_id = a_job(database)
    publish(database, job_id, report="a", spec="s")

    publish(database, job_id, attempt=2, report="b")

    assert of_job(database, job_id) == [("report", "b", 2), ("spec", "s", 1)]


def test_nothing_may_be_published(database: Database) -> None:
    job_id = a_job(database)

    publish(database, job_id)

    assert of_job(database, job_id) == []


@pytest.mark.parametrize("name", ["report", "", "../report", "a\0b", "x" * 10_000])
def test_what_a_job_does_not_have_is_not_found(database: Database, name: str) -> None:
    job_id, other = a_job(database), a_job(database)
    publish(database, other, report="a")

    with pytest.raises(NotFound):
        get(database, job_id, name)


def test_the_files_of_a_deleted_job_are_gone(database: Database) -> None:
    job_id = a_job(database)
    publish(database, job_id, report="a")

    with database.writing() as session:
        session.execute(delete(Job).where(Job.id == job_id))

    assert of_job(database, job_id) == []


def test_a_newer_pack_of_a_data_set_replaces_the_older(database: Database) -> None:
    with database.writing() as session:
        assert packs.find(session, "cifar10") is None
        packs.record(session, "cifar10", Blob("a", 1))
        packs.record(session, "cifar10", Blob("b", 2))

    with database.reading() as session:
        found = packs.find(session, "cifar10")
    assert found is not None
    assert (found.digest, found.bytes) == ("b", 2)
