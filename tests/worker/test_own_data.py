"""The data set that somebody brought, laid ready for a job at the size that it asks for."""

from pathlib import Path
from typing import Any

import pytest

from core import ids
from core.errors import DatasetUnavailable
from core.files import FileStore
from core.settings import Settings
from core.store import datasets, packs
from core.store.attempts import Claimed
from core.store.datasets import READY
from core.store.session import Database
from tests.builders import a_running_job
from tests.worker.chores import LightWorker
from tests.worker.supervising import Bench
from worker import materials
from worker.chores import packing
from worker.engine.data import packed
from worker.holding import Holding
from worker.outcome import Outcome


@pytest.fixture
def light(database: Database, files: FileStore, settings: Settings, tmp_path: Path) -> LightWorker:
    return LightWorker(database, files, settings, Holding(tmp_path / "drain", 30.0))


@pytest.fixture
def dataset_id(light: LightWorker, tmp_path: Path) -> str:
    """Of a small set that is ready."""
    found = light.a_small_set(tmp_path)
    light.work()
    assert light.read(found).state == READY
    return found


def a_job_on(bench: Bench, **asked: Any) -> Claimed:
    return a_running_job(bench.database, dataset=asked)


def lay_ready(bench: Bench, attempt: Claimed) -> Outcome | None:
    return materials.lay_ready(bench.database, bench.files, bench.settings, attempt, bench.place)


def test_it_is_linked_where_the_trainer_looks(bench: Bench, dataset_id: str) -> None:
    assert lay_ready(bench, a_job_on(bench, id=dataset_id)) is None

    found = packed.load(dataset_id, bench.place.data)
    with bench.database.reading() as session:
        called = datasets.get(session, dataset_id, None).name
    assert (found.name, found.title) == (dataset_id, called)
    assert (found.image_size, len(found.train), len(found.class_names)) == (16, 8, 2)


def test_two_jobs_share_one_file(bench: Bench, dataset_id: str) -> None:
    for _ in range(2):
        assert lay_ready(bench, a_job_on(bench, id=dataset_id)) is None

    assert len(list(bench.place.shared.iterdir())) == 1


def test_another_size_is_packed_once(bench: Bench, dataset_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"id": dataset_id, "image_size": 24, "resize": "squash"}
    assert lay_ready(bench, a_job_on(bench, **asked)) is None
    first = packed.load(dataset_id, bench.place.data)

    monkeypatch.setattr(packing, "PACKER", "it is packed again")
    assert lay_ready(bench, a_job_on(bench, **asked)) is None

    assert first.image_size == 24
    with bench.database.reading() as session:
        assert packs.find(session, dataset_id, "24-squash") is not None


def test_a_drain_breaks_the_packing_off(
    bench: Bench, dataset_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACKER", "tests.worker.endless")
    attempt = a_job_on(bench, id=dataset_id, image_size=24)
    bench.place.holding.drain.touch()

    ended = lay_ready(bench, attempt)

    assert ended is not None
    assert ended.kind == "suspended"


def test_one_that_was_deleted_is_a_cause_of_its_own(bench: Bench) -> None:
    with pytest.raises(DatasetUnavailable, match="no data set"):
        lay_ready(bench, a_job_on(bench, id=ids.new("ds")))


def test_one_that_never_became_ready_is_not_guessed_at(
    bench: Bench, light: LightWorker, tmp_path: Path
) -> None:
    waiting = light.a_small_set(tmp_path)

    with pytest.raises(DatasetUnavailable, match="packing"):
        lay_ready(bench, a_job_on(bench, id=waiting))
