"""The client sends data sets, however often the connection breaks."""

import os
import zipfile
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
from tests.worker.packing.archives import a_folder, a_set, zipped


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
    assert repr(found) == f"<Dataset {found.id} {found.info.name!r} {found.info.state}>"


def test_of_a_folder_its_own_files_are_sent(service: Distillery, api: LiveApi, tmp_path: Path) -> None:
    files = a_set() | {".git/config": b"x", "cat/.DS_Store": b"x", "dog/Thumbs.db": b"x"}
    folder = a_folder(tmp_path / "pets", files)
    (folder / "cat" / "linked.png").symlink_to(folder / "dog" / "0.png")
    (folder / "fox").symlink_to(folder / "dog")
    os.utime(folder / "cat" / "0.png", (0, 0))  # 1970

    found = service.datasets.add(folder)

    with zipfile.ZipFile(api.files.path(found.info.sha256 or "")) as sent:
        assert sorted(sent.namelist()) == sorted(a_set())


def test_the_folder_that_one_is_in_has_a_name(
    service: Distillery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(a_folder(tmp_path / "pets", a_set()))

    assert service.datasets.add(".").info.name == "pets"


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
