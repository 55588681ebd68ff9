"""Light work: a data set is packed by a process of its own, whatever becomes of the worker."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from core import clock
from core.errors import DiskFull
from core.files import FileStore
from core.settings import Settings
from core.store import chores, datasets, packs
from core.store.datasets import Wanted
from core.store.library import Chore
from core.store.session import Database
from tests.polling import eventually
from tests.worker.chores import LightWorker
from tests.worker.packing.archives import a_png, a_set, zipped
from tests.worker.supervising import trainers
from worker.chores import doing, packing
from worker.chores.losing import MAX_LOSSES, lose_chore
from worker.engine.data import packed
from worker.holding import Holding
from worker.reaper import Reaper
from worker.retry import MAX_FAILURES

LEASE_SECONDS = 60.0


@pytest.fixture
def worker(database: Database, files: FileStore, settings: Settings, tmp_path: Path) -> LightWorker:
    return LightWorker(database, files, settings, Holding(tmp_path / "drain", 30.0))


def state(worker: LightWorker, chore_id: str) -> str:
    with worker.database.reading() as session:
        found = session.get(Chore, chore_id)
        assert found is not None
        return found.state


def is_left(worker: LightWorker) -> bool:
    """Whether anything of a chore is left in the work folder."""
    return worker.settings.work.exists() and any(worker.settings.work.iterdir())


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PACKER", "tests.worker.endless")


def test_an_upload_becomes_a_set_that_the_engine_reads(worker: LightWorker, tmp_path: Path) -> None:
    dataset_id = worker.a_small_set(tmp_path)

    chore = worker.work()

    found = worker.read(dataset_id)
    assert (found.state, found.error, state(worker, chore.id)) == ("ready", None, chores.DONE)
    assert found.facts is not None
    assert (found.facts["classes"], found.facts["train_images"], found.facts["test_images"]) == (2, 8, 8)
    with worker.database.reading() as session:
        pack = packs.find(session, dataset_id)
    assert pack is not None
    worker.files.fetch(pack.digest, tmp_path / "pets.safetensors")
    assert packed.load("pets", tmp_path).class_names == ("cat", "dog")
    assert packed.load("pets", tmp_path).digest == found.facts["digest"]
    assert not is_left(worker)


def test_a_set_that_can_t_be_used_says_why_and_what_was_found(worker: LightWorker, tmp_path: Path) -> None:
    broken = a_set("train/") | {f"train/cat/bad{n}.png": b"no image" for n in range(5)}
    dataset_id = worker.uploaded(zipped(tmp_path / "pets.zip", broken))

    chore = worker.work()

    found = worker.read(dataset_id)
    assert (found.state, state(worker, chore.id)) == ("refused", chores.FAILED)
    assert found.error is not None
    assert found.error["code"] == "dataset_unreadable"
    with worker.database.reading() as session:
        preview = session.merge(found, load=False).preview
    assert preview is not None
    assert preview["corrupt"]["count"] == 5
    assert not is_left(worker)


def test_an_archive_that_is_none_is_refused(worker: LightWorker, tmp_path: Path) -> None:
    (tmp_path / "pets.zip").write_bytes(b"no zip at all")
    dataset_id = worker.uploaded(tmp_path / "pets.zip")

    worker.work()

    error = worker.read(dataset_id).error
    assert error is not None
    assert error["code"] == "archive_refused"


def test_a_folder_on_the_services_side_is_packed_where_it_lies(worker: LightWorker, tmp_path: Path) -> None:
    for n in range(4):
        for name in ("cat", "dog"):
            path = tmp_path / "pets" / name / f"{n}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(a_png((name, n)))
    with worker.database.writing() as session:
        dataset_id = datasets.add_folder(session, "me", "pets", str(tmp_path / "pets"), Wanted(24)).id

    worker.work()

    facts = worker.read(dataset_id).facts
    assert facts is not None
    assert (facts["image_size"], facts["test_images"]) == (24, 0)


def test_a_drain_gives_the_chore_back_unharmed(
    worker: LightWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(monkeypatch)
    worker.a_small_set(tmp_path)
    chore = worker.claim()
    assert chore is not None
    folder = worker.settings.work / chore.id / "a1"
    thread = threading.Thread(target=packing_of, args=(worker, chore))
    thread.start()
    eventually(lambda: trainers(folder))

    worker.holding.drain.touch()
    thread.join()

    again = worker.claim()
    assert trainers(folder) == []
    assert not is_left(worker)
    assert again is not None
    assert (again.number, again.losses, again.failures) == (2, 0, 0)


def test_a_set_that_is_deleted_meanwhile_is_no_longer_packed(worker: LightWorker, tmp_path: Path) -> None:
    dataset_id = worker.a_small_set(tmp_path)
    chore = worker.claim()
    assert chore is not None
    with worker.database.writing() as session:
        chores.drop(session, dataset_id)

    packing_of(worker, chore)

    assert worker.read(dataset_id).state == "packing"
    with worker.database.reading() as session:
        assert packs.find(session, dataset_id) is None


def test_a_full_disk_is_waited_for(
    worker: LightWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFull

    dataset_id = worker.a_small_set(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "put", full)
        chore = worker.work()
    waits = (state(worker, chore.id), worker.claim())
    with worker.database.writing() as session:
        session.execute(update(Chore).values(not_before=clock.now() - timedelta(seconds=1)))
    worker.work()

    assert waits == (chores.QUEUED, None)
    assert worker.read(dataset_id).state == "ready"


def test_a_packer_that_dies_each_time_is_tried_a_few_times(
    worker: LightWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACKER", "tests.worker.no_such_program")
    dataset_id = worker.a_small_set(tmp_path)

    for _ in range(MAX_FAILURES):
        worker.work()
        with worker.database.writing() as session:
            session.execute(update(Chore).values(not_before=None))

    found = worker.read(dataset_id)
    assert found.state == "refused"
    assert found.error is not None
    assert found.error["code"] == "internal"
    assert "no_such_program" in found.error["detail"]


def test_a_packer_that_takes_too_long_is_ended(
    database: Database, files: FileStore, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(monkeypatch)
    hasty = settings.model_copy(update={"packing_seconds": 0.5})
    worker = LightWorker(database, files, hasty, Holding(tmp_path / "drain", 30.0))
    dataset_id = worker.a_small_set(tmp_path)

    chore = worker.work()

    with worker.database.reading() as session:
        found = session.get(Chore, chore.id)
    assert found is not None
    assert (found.state, found.failures) == (chores.QUEUED, 1)
    assert worker.read(dataset_id).state == "packing"


def test_a_silent_worker_loses_its_chore_and_may_write_nothing(worker: LightWorker, tmp_path: Path) -> None:
    dataset_id = worker.a_small_set(tmp_path)
    old = worker.claim()
    assert old is not None

    lose(worker)
    worker.work()

    assert worker.is_fenced(old)
    assert worker.read(dataset_id).state == "ready"


def test_a_set_that_kills_its_worker_each_time_is_refused(worker: LightWorker, tmp_path: Path) -> None:
    dataset_id = worker.a_small_set(tmp_path)

    for _ in range(MAX_LOSSES):
        assert worker.claim() is not None
        lose(worker)

    found = worker.read(dataset_id)
    assert found.state == "refused"
    assert found.error is not None
    assert found.error["code"] == "worker_lost"
    assert worker.claim() is None


def lose(worker: LightWorker) -> None:
    """Let a whole lease pass in which nobody says a word."""
    reaper = Reaper(worker.database, LEASE_SECONDS, lose_chore)
    for step in range(8):
        with worker.database.reading() as session:
            running = chores.running(session)
        reaper.turn(running, now=step * LEASE_SECONDS / 6 + step * 0.1)


def packing_of(worker: LightWorker, chore: chores.ClaimedChore) -> None:
    doing.do(worker.settings, worker.database, worker.files, chore, worker.holding)
