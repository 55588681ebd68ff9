"""The whole service on one machine, with a stand-in for the trainer only."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.local_service import LocalService, commands, launch, local_service
from tests.polling import eventually
from tests.stand_in_trainer import STEPS, student_after

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    home = tmp_path_factory.mktemp("service") / "home"
    with local_service(home, DISTILLERY_LEASE_SECONDS="3") as running:
        yield running


def part(service: LocalService, module: str) -> int:
    return next(pid for pid, line in commands(service.settings.home).items() if f"-m {module}" in line)


def test_a_job_runs_to_its_end_and_its_files_can_be_downloaded(service: LocalService) -> None:
    job_id = service.submit(name="plain", dataset="digits")

    job = service.wait_for(job_id, "succeeded")

    assert job["summary"]["student_accuracy"] == 0.8
    assert job["attempt"] == 1
    student = service.http.get(f"/v1/jobs/{job_id}/checkpoint")
    assert student.text == student_after(STEPS)


def test_the_events_of_a_job_arrive_in_order_while_it_runs(service: LocalService) -> None:
    job_id = service.submit(name="plain", dataset="digits")

    with service.http.stream(
        "GET", f"/v1/jobs/{job_id}/events", headers={"Accept": "text/event-stream"}, timeout=60
    ) as stream:
        lines = [line.removeprefix("data: ") for line in stream.iter_lines() if line.startswith("data: ")]

    events = [json.loads(line) for line in lines]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [e["data"]["state"] for e in events if e["kind"] == "state"] == ["queued", "running", "succeeded"]


def test_a_running_job_can_be_cancelled(service: LocalService) -> None:
    job_id = service.submit(name="plain", dataset="digits")
    service.wait_for(job_id, "running")

    first = service.http.post(f"/v1/jobs/{job_id}/cancel")
    job = service.wait_for(job_id, "cancelled")
    again = service.http.post(f"/v1/jobs/{job_id}/cancel")

    assert (first.status_code, first.json()["state"]) == (202, "cancelling")
    assert job["error"] is None
    assert again.status_code == 200


def test_a_job_that_diverges_fails_once_and_says_what_to_do(service: LocalService) -> None:
    job_id = service.submit(name="diverge", dataset="digits")

    job = service.wait_for(job_id, "failed")

    assert job["attempt"] == 1
    assert job["error"]["code"] == "diverged"
    assert job["error"]["hint"]


def test_parents_are_small(service: LocalService) -> None:
    modules = ("app.serve", "worker.dispatcher", "worker.main", "worker.light", "worker.predictor")
    parents = {module: part(service, module) for module in modules}

    for module, pid in parents.items():
        assert resident(pid) <= 150 * MEGABYTE, module
        assert b"libtorch" not in Path(f"/proc/{pid}/maps").read_bytes(), module


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("module", ["app.serve", "worker.dispatcher", "worker.main", "worker.predictor"])
def test_a_part_that_is_killed_comes_back_and_the_job_still_succeeds(
    service: LocalService, module: str
) -> None:
    job_id = service.submit(name="plain", dataset="digits")
    service.wait_for(job_id, "running")

    os.kill(part(service, module), signal.SIGKILL)

    eventually(lambda: ended_well(service, job_id), 60)


def test_a_killed_broker_comes_back_and_the_job_still_succeeds(service: LocalService) -> None:
    broker = next(pid for pid, line in commands(service.settings.home).items() if "unixsocket" in line)

    os.kill(broker, signal.SIGKILL)
    job_id = service.submit(name="plain", dataset="digits")

    eventually(lambda: ended_well(service, job_id), 90)


def ended_well(service: LocalService, job_id: str) -> bool:
    try:
        return bool(service.job(job_id)["state"] == "succeeded")
    except httpx2.TransportError:
        return False


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_stopping_in_the_middle_of_a_job_leaves_nothing_running_and_loses_nothing(
    tmp_path: Path, with_signal: signal.Signals
) -> None:
    home = tmp_path / "home"
    with local_service(home) as service:
        job_id = service.submit(name="plain 10", dataset="digits")
        service.wait_for(job_id, "running")
        status = service.stop(with_signal)

    assert status == 0
    assert commands(home) == {}
    assert not service.settings.runtime.exists()
    assert not (home / "url").exists()
    with local_service(home) as service:
        assert service.wait_for(job_id, "succeeded")["attempt"] == 2


def test_a_taken_port_is_stepped_over_and_the_address_appears_whole(tmp_path: Path) -> None:
    url_file, before = tmp_path / "home" / "url", tmp_path / "url of before"
    url_file.parent.mkdir()
    url_file.write_text("of a service that was killed")
    before.hardlink_to(url_file)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        launcher = launch(tmp_path / "home", {}, port)
        eventually(lambda: not url_file.samefile(before), 60)

        url = url_file.read_text().strip()
        launcher.send_signal(signal.SIGINT)
        said, _ = launcher.communicate(timeout=60)

    assert before.read_text() == "of a service that was killed", "a reader could have seen half an address"
    assert url.startswith("http://127.0.0.1:")
    assert url != f"http://127.0.0.1:{port}"
    assert f"port {port} is taken" in said


def test_a_second_service_of_the_same_home_is_refused_and_says_where_the_first_is(
    service: LocalService,
) -> None:
    second = launch(service.settings.home, {"XDG_RUNTIME_DIR": str(service.settings.home.parent)})

    said, _ = second.communicate(timeout=30)

    assert second.returncode == 1
    assert "already running" in said
    assert str(service.http.base_url).rstrip("/") in said
