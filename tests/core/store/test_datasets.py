"""Data sets that people brought."""

import pytest

from core.errors import Conflict, NotFound
from core.files import Blob
from core.lifecycle import Action
from core.store import chores, datasets, jobs, packs
from core.store.datasets import Wanted
from core.store.library import Dataset
from core.store.session import Database
from tests.builders import ME, a_job

FACTS = {"classes": 2, "image_size": 8, "train_images": 9, "test_images": 3}


def uploaded(database: Database, name: str = "pets", owner: str = ME) -> str:
    with database.writing() as session:
        return datasets.add_upload(session, owner, name, Blob("a" * 64, 10), Wanted(32, "squash", "cp866")).id


def read(database: Database, dataset_id: str, owner: str | None = ME) -> Dataset:
    with database.reading() as session:
        return datasets.get(session, dataset_id, owner)


def test_an_upload_is_kept_and_a_chore_packs_it(database: Database) -> None:
    dataset_id = uploaded(database)

    with database.writing() as session:
        chore = chores.claim(session, "process")

    found = read(database, dataset_id)
    assert (found.state, found.digest, found.image_size, found.resize) == ("packing", "a" * 64, 32, "squash")
    assert found.names_encoding == "cp866"
    assert chore is not None
    assert (chore.kind, chore.subject) == (datasets.PACK, dataset_id)


def test_a_folder_is_noted_without_a_digest(database: Database) -> None:
    with database.writing() as session:
        dataset_id = datasets.add_folder(session, ME, "pets", "/data/pets", Wanted()).id

    found = read(database, dataset_id)
    assert (found.source, found.folder, found.digest) == ("folder", "/data/pets", None)


@pytest.mark.parametrize("asked", ["ds_unknown", "pets", ""])
def test_what_is_no_data_set_is_not_found(database: Database, asked: str) -> None:
    with pytest.raises(NotFound):
        read(database, asked)


def test_another_owners_is_not_found_and_an_admin_sees_it(database: Database) -> None:
    dataset_id = uploaded(database)

    with pytest.raises(NotFound):
        read(database, dataset_id, "somebody else")

    assert read(database, dataset_id, None).owner == ME


def test_its_version_rises_when_it_is_ready_or_refused(database: Database) -> None:
    dataset_id = uploaded(database)
    with database.writing() as session:
        datasets.was_refused(session, dataset_id, {"code": "dataset_unreadable"})
    refused = read(database, dataset_id)

    with database.writing() as session:
        datasets.became_ready(session, dataset_id, FACTS, {"corrupt": []})

    ready = read(database, dataset_id)
    assert (refused.state, refused.version, refused.error) == ("refused", 2, {"code": "dataset_unreadable"})
    assert (ready.state, ready.version, ready.error, ready.facts) == ("ready", 3, None, FACTS)


def test_pages_go_from_new_to_old(database: Database) -> None:
    ids = [uploaded(database, f"set {n}") for n in range(3)]
    uploaded(database, owner="somebody else")

    with database.reading() as session:
        first = datasets.page(session, ME, limit=2)
        rest = datasets.page(session, ME, limit=2, behind=first.datasets[-1].id)

    assert [dataset.id for dataset in first.datasets] == ids[:0:-1]
    assert (first.has_more, rest.has_more) == (True, False)
    assert [dataset.id for dataset in rest.datasets] == ids[:1]


def test_one_that_is_removed_takes_packs_and_chores_along(database: Database) -> None:
    dataset_id = uploaded(database)
    with database.writing() as session:
        packs.record(session, dataset_id, Blob("b" * 64, 1))
        packs.record(session, dataset_id, Blob("c" * 64, 1), variant="224-crop")

    with database.writing() as session:
        datasets.remove(session, datasets.get(session, dataset_id, ME))

    with pytest.raises(NotFound):
        read(database, dataset_id)
    with database.reading() as session:
        assert packs.find(session, dataset_id) is None
        assert packs.find(session, dataset_id, "224-crop") is None
        assert chores.queued(session) == 0


def test_one_that_an_unfinished_job_needs_stays(database: Database) -> None:
    dataset_id = uploaded(database)
    job_id = a_job(database, dataset=dataset_id)

    with pytest.raises(Conflict, match=job_id), database.writing() as session:
        datasets.remove(session, datasets.get(session, dataset_id, ME))
    with database.writing() as session:
        jobs.act(session, jobs.get(session, job_id, ME), Action.CANCEL)
        datasets.remove(session, datasets.get(session, dataset_id, ME))

    with pytest.raises(NotFound):
        read(database, dataset_id)
