"""The client follows a job live, over connections that break, to its end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.client import Distillery, Event, Job
from core.errors import NotFound, TimedOut, Unauthorized, Unreachable
from tests.app.cutting_proxy import CuttingProxy
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi, live_api
from tests.polling import eventually

# Of a wait for half a second: far from the 60 s for which a client is patient if nobody says how long.
SOON_SECONDS = 15.0


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Run `work` beside the block, and wait for it afterwards."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join(20)


def train(worker: WorkerByHand, epochs: int, pause: float = 0.1) -> None:
    worker.phase("distil")
    for epoch in range(1, epochs + 1):
        time.sleep(pause)
        worker.metrics(epoch, validation_accuracy=epoch / epochs)
    worker.succeed()


def a_job_out_of_reach(service: Distillery, api: LiveApi) -> Job:
    """A job seen through a proxy that is gone."""
    with CuttingProxy(api.url) as proxy:
        return Distillery(proxy.url, api.key).jobs.get(service.jobs.create().id)


def test_waiting_hands_on_every_event_and_ends_with_the_job(
    service: Distillery, api: LiveApi, tmp_path: Path
) -> None:
    job = service.jobs.create()
    heard: list[Event] = []

    with meanwhile(lambda: train(WorkerByHand(api, tmp_path), epochs=3)):
        job.wait(on_event=heard.append)

    assert job.state == "succeeded"
    assert job.summary is not None
    assert [event.seq for event in heard] == list(range(1, 8))
    assert [event.kind for event in heard] == ["state", "state", "phase", *["metrics"] * 3, "state"]


def test_what_happened_before_is_a_list(service: Distillery, api: LiveApi, tmp_path: Path) -> None:
    job = service.jobs.create()
    train(WorkerByHand(api, tmp_path), epochs=2, pause=0)

    assert [event.seq for event in job.events()] == [1, 2, 3, 4, 5, 6]
    assert [event.seq for event in job.events(after=4)] == [5, 6]


def test_a_stream_goes_on_where_its_connection_broke(
    service: Distillery, api: LiveApi, tmp_path: Path
) -> None:
    job_id = service.jobs.create().id
    worker = WorkerByHand(api, tmp_path)
    heard: list[int] = []

    with (
        CuttingProxy(api.url) as proxy,
        Distillery(proxy.url, api.key) as shaky,
        meanwhile(lambda: train(worker, epochs=20)),
    ):
        for event in shaky.jobs.get(job_id).stream():
            heard.append(event.seq)
            if event.seq in (5, 12):
                proxy.cut_all()

    assert heard == list(range(1, 25))
    assert "".join(proxy.requests).count("text/event-stream") == 3


def test_a_stream_of_a_finished_job_tells_its_story_and_ends(service: Distillery) -> None:
    job = service.jobs.create().cancel()

    assert [event.data["state"] for event in job.stream()] == ["queued", "cancelled"]
    assert list(job.stream(after=2)) == []
    assert job.wait().state == "cancelled"


def test_waiting_ends_after_the_time_that_was_given(service: Distillery) -> None:
    job = service.jobs.create()
    started = time.monotonic()

    with pytest.raises(TimedOut):
        job.wait(timeout=0.7)

    assert 0.6 < time.monotonic() - started < SOON_SECONDS
    assert job.refresh().state == "queued"


def test_who_has_no_time_is_told_at_once_whether_it_has_ended(service: Distillery) -> None:
    job, heard = service.jobs.create(), []
    with pytest.raises(TimedOut):
        job.wait(timeout=0)
    service.jobs.get(job.id).cancel()

    assert job.wait(on_event=heard.append, timeout=0).state == "cancelled"
    assert [event.data["state"] for event in heard] == ["queued", "cancelled"]


def test_waiting_for_nobody_ends_after_the_time_that_was_given(service: Distillery, api: LiveApi) -> None:
    job = a_job_out_of_reach(service, api)
    started = time.monotonic()

    with pytest.raises(TimedOut):
        list(job.stream(timeout=0.5))

    assert time.monotonic() - started < SOON_SECONDS


def test_a_service_that_stays_away_is_unreachable_in_the_end(service: Distillery, api: LiveApi) -> None:
    job = a_job_out_of_reach(service, api)

    with pytest.raises(Unreachable):
        list(job.stream(patience=0.5))


def test_a_stream_of_no_job_is_refused_at_once(service: Distillery, api: LiveApi) -> None:
    job = service.jobs.create()
    with Distillery(api.url, "dk_nobody_nothing") as stranger, pytest.raises(Unauthorized):
        list(stranger.jobs.get(job.id).stream())
    with Distillery(api.url, api.make_key("read", owner="other")) as other, pytest.raises(NotFound):
        list(other.jobs.get(job.id).stream())


def test_a_stream_outlives_the_service_that_it_began_with(tmp_path: Path) -> None:
    heard: list[int] = []

    with ExitStack() as open_things:
        with live_api(tmp_path / "home") as first:
            proxy = open_things.enter_context(CuttingProxy(first.url))
            service = open_things.enter_context(Distillery(proxy.url, first.key))
            job = service.jobs.create()
            open_things.enter_context(meanwhile(lambda: job.wait(on_event=lambda e: heard.append(e.seq))))
            eventually(lambda: heard)
        second = open_things.enter_context(live_api(tmp_path / "home"))
        proxy.point_to(second.url)
        train(WorkerByHand(second, tmp_path), epochs=2)
        eventually(lambda: job.state == "succeeded")

    assert heard == [1, 2, 3, 4, 5, 6]


def test_a_paused_job_is_waited_for(service: Distillery, api: LiveApi, tmp_path: Path) -> None:
    job = service.jobs.create()
    heard: list[str] = []

    def live() -> None:
        eventually(lambda: heard)
        job.pause()
        eventually(lambda: "paused" in heard)
        job.resume()
        WorkerByHand(api, tmp_path).succeed()

    with meanwhile(live):
        waited = service.jobs.get(job.id).wait(on_event=lambda event: heard.append(event.data["state"]))

    assert waited.state == "succeeded"
    assert heard == ["queued", "paused", "queued", "running", "succeeded"]


def test_a_retried_job_is_waited_for_beyond_its_first_end(
    service: Distillery, api: LiveApi, tmp_path: Path
) -> None:
    job = service.jobs.create()
    WorkerByHand(api, tmp_path).fail()
    assert job.wait().state == "failed"
    job.retry()

    with meanwhile(lambda: train(WorkerByHand(api, tmp_path), epochs=1)):
        ends = [event.seq for event in job.stream() if event.is_end]

    assert job.wait().state == "succeeded"
    assert ends == [3, 8]
