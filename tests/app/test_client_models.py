"""The client sends models, however often the connection breaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from app.client import Distillery
from core.errors import Conflict, InvalidSpec, NotFound, TimedOut, UnsupportedBody
from core.store.library import Chore, Model
from tests.app.api.weights import WEIGHTS, ready
from tests.app.cutting_proxy import CuttingProxy
from tests.live_api import LiveApi


@pytest.fixture(autouse=True)
def _nothing_afterwards(api: LiveApi) -> Iterator[None]:
    yield
    with api.database.writing() as session:
        session.execute(delete(Model))
        session.execute(delete(Chore))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.safetensors"
    path.write_bytes(WEIGHTS)
    return path


def test_one_is_sent_and_waited_for(service: Distillery, api: LiveApi, file: Path) -> None:
    sent: list[tuple[int, int]] = []

    found = service.models.add(
        file, architecture="resnet18", classes=["Katze", "犬"], on_progress=lambda *told: sent.append(told)
    )
    before = found.info
    ready(api, found.id)

    assert (before.name, before.state, before.classes) == ("mine", "reading", ["Katze", "犬"])
    assert found.wait().info.state == "ready"
    assert sent[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert [one.id for one in service.models.list()] == [found.id]


def test_nobody_waits_for_ever(service: Distillery, file: Path) -> None:
    with pytest.raises(TimedOut):
        service.models.add(file).wait(timeout=0.3)


def test_what_is_deleted_is_gone(service: Distillery, file: Path) -> None:
    found = service.models.add(file)

    found.delete()

    with pytest.raises(NotFound):
        service.models.get(found.id)


def test_a_pickle_is_refused_with_what_to_do(service: Distillery, file: Path) -> None:
    file.write_bytes(b"PK\3\4" + bytes(100))

    with pytest.raises(UnsupportedBody, match="only safetensors") as refused:
        service.models.add(file)

    assert "distillery convert" in (refused.value.advice or "")


def test_a_measurement_is_asked_for(service: Distillery, api: LiveApi, file: Path) -> None:
    found = service.models.add(file)
    with pytest.raises(Conflict):
        found.measure("digits")
    ready(api, found.id, classes=None, facts={"classes": 10})

    assert found.measure("digits").info.measured == {"digits": {"state": "measuring"}}
    with pytest.raises(InvalidSpec):
        found.measure("imagenet")


def test_a_broken_upload_is_sent_again_and_kept_once(api: LiveApi, file: Path) -> None:
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as service:
        proxy.cut_answers(0)
        service.models.add(file)

        assert len(list(service.models.list())) == 1
