"""The client sends data sets, however often the connection breaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from app.client import Distillery
from core.errors import NotFound, TimedOut
from core.store.library import Chore, Dataset
from tests.app.cutting_proxy import CuttingProxy
from tests.app.light_by_hand import packing
from tests.live_api import LiveApi
from tests.worker.packing.archives import a_set, zipped


@pytest.fixture(autouse=True)
def _nothing_afterwards(api: LiveApi) -> Iterator[None]:
    yield
    with api.database.writing() as session:
        session.execute(delete(Dataset))
        session.execute(delete(Chore))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return zipped(tmp_path / "pets.zip", a_set("train/", "test/"))


def test_one_is_sent_and_waited_for(service: Distillery, api: LiveApi, archive: Path, tmp_path: Path) -> None:
    sent: list[tuple[int, int]] = []

    with packing(api, tmp_path):
        found = service.datasets.add(archive, on_progress=lambda *told: sent.append(told)).wait()

    assert (found.info.name, found.info.state) == ("pets", "ready")
    assert sent[-1] == (archive.stat().st_size, archive.stat().st_size)
    assert found.preview()["class_names"] == ["cat", "dog"]
    assert [one.id for one in service.datasets.list()] == [found.id]


def test_nobody_waits_for_ever(service: Distillery, archive: Path) -> None:
    found = service.datasets.add(archive)

    with pytest.raises(TimedOut):
        found.wait(timeout=0.3)
    assert found.preview() == {}


def test_what_is_deleted_is_gone(service: Distillery, archive: Path) -> None:
    found = service.datasets.add(archive)

    found.delete()

    with pytest.raises(NotFound):
        service.datasets.get(found.id)


def test_a_broken_upload_is_sent_again_and_kept_once(api: LiveApi, archive: Path) -> None:
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as service:
        proxy.cut_answers(0)
        service.datasets.add(archive)

        assert len(list(service.datasets.list())) == 1
