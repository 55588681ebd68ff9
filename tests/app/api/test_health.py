"""Alive, and ready: each part with a verdict, whatever has broken."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from app.local import broker
from core.store import migrate, workers
from core.store.session import Database
from tests.app.visiting import problem, visitor
from tests.databases import PostgreSQL
from tests.live_api import LiveApi, live_api

PARTS = {"database", "migrations", "files", "broker", "workers"}


def readiness(http: httpx2.Client, status: int) -> dict[str, bool]:
    """The verdict on each part."""
    reply = http.get("/readyz")
    assert reply.status_code == status, reply.text
    found = reply.json()
    assert found["ready"] == (status == 200)
    assert all(check["detail"] for check in found["checks"].values())
    assert set(found["checks"]) == PARTS
    return {name: check["ok"] for name, check in found["checks"].items()}


@contextmanager
def running_broker(api: LiveApi, folder: Path) -> Iterator[None]:
    socket = api.settings.broker_socket
    socket.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(broker.command(socket, folder), stdout=subprocess.DEVNULL)
    try:
        broker.wait_until_up(socket)
        yield
    finally:
        process.kill()
        process.wait()
        socket.unlink(missing_ok=True)


def test_health_needs_no_key(anyone: httpx2.Client) -> None:
    assert anyone.get("/healthz").json() == {"status": "alive"}
    assert anyone.get("/readyz").status_code == 200


def test_jobs_are_accepted_without_broker_and_worker(anyone: httpx2.Client) -> None:
    assert readiness(anyone, 200) == {
        "database": True, "migrations": True, "files": True, "broker": False, "workers": False,
    }  # fmt: skip


def test_with_every_part_up_all_is_well(api: LiveApi, anyone: httpx2.Client, tmp_path: Path) -> None:
    with api.database.writing() as session:
        workers.seen(session, "wrk_a", host="host", pid=1, gpus=0, slots=1)

    with running_broker(api, tmp_path):
        assert all(readiness(anyone, 200).values())

    assert not readiness(anyone, 200)["broker"]


def test_a_file_store_that_cannot_be_written_to_is_not_ready(tmp_path: Path) -> None:
    with live_api(tmp_path / "home") as api, visitor(api, None) as http:
        api.settings.files.write_text("a file where the folder should be")

        verdicts = readiness(http, 503)

    assert (verdicts["files"], verdicts["database"]) == (False, True)


def test_tables_of_another_version_are_not_ready(empty_database_url: str, tmp_path: Path) -> None:
    with live_api(tmp_path / "home", empty_database_url) as api, visitor(api, None) as http:
        assert readiness(http, 200)["migrations"]

        migrate.downgrade(api.database, "base")
        verdicts = readiness(http, 503)

        with api.database.writing() as session:
            session.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
        assert not readiness(http, 503)["migrations"]

    assert (verdicts["database"], verdicts["migrations"], verdicts["workers"]) == (True, False, False)


def test_without_its_database_the_service_says_so(postgresql: PostgreSQL, tmp_path: Path) -> None:
    with postgresql.database() as url, live_api(tmp_path / "home", url) as api:
        name = str(Database(url).engine.url.database)
        with visitor(api, api.key) as http:
            with postgresql.refusing(name):
                verdicts = readiness(http, 503)
                assert (verdicts["database"], verdicts["files"]) == (False, True)
                assert http.get("/healthz").status_code == 200
                for reply in (http.get("/v1/jobs"), http.post("/v1/jobs", json={})):
                    assert problem(reply, 503)["code"] == "store_unavailable"
                    assert int(reply.headers["retry-after"]) >= 1

            assert readiness(http, 200)["database"]
            assert http.post("/v1/jobs", json={}).status_code == 201


@pytest.mark.parametrize("damage", [b"garbage" * 1000, b""])
def test_a_damaged_database_is_no_500(tmp_path: Path, damage: bytes) -> None:
    with live_api(tmp_path / "home") as api, visitor(api, api.key) as http:
        api.database.close()
        path = tmp_path / "home" / "distillery.sqlite"
        for part in path.parent.glob("distillery.sqlite*"):
            part.unlink()
        path.write_bytes(damage)

        assert not readiness(http, 503)["migrations"]
