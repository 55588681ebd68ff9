"""The client reads curves, compares jobs, and follows the events of all of them."""

import json
from pathlib import Path

import pytest

from app.client import Distillery, FeedEvent
from core.errors import InvalidSpec, NotFound, TimedOut
from core.store import metrics
from tests.app.cutting_proxy import CuttingProxy
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi


def test_a_curve_is_read_by_its_name(service: Distillery, api: LiveApi) -> None:
    job = service.jobs.create()
    with api.database.writing() as session:
        rows = [
            {"step": step, "epoch": step / 2, "seconds": step, "value": float(step)} for step in range(10)
        ]
        metrics.write(session, job.id, [{"name": "validation/accuracy", **row} for row in rows])

    curve = job.metrics("validation/accuracy", x="epoch")

    assert curve.points == [(step / 2, step) for step in range(10)]
    assert (curve.total_points, curve.unit) == (10, "ratio")
    assert job.metrics("validation/accuracy", max_points=1).buckets == ((9, 9, 0, 9),)
    assert job.metrics("train/loss").points == []
    assert [found.name for found in job.metrics()] == ["validation/accuracy"]


def test_curves_of_several_jobs_are_read_at_once(service: Distillery, api: LiveApi) -> None:
    one, other = (service.jobs.create(seed=seed).id for seed in (1, 2))
    with api.database.writing() as session:
        for job_id, height in ((one, 1.0), (other, 2.0)):
            rows = [{"step": step, "epoch": step / 2, "seconds": step, "value": height} for step in range(10)]
            metrics.write(session, job_id, [{"name": "train/loss", **row} for row in rows])

    curves = service.series([one, other], ["train/loss", "validation/loss"], x="epoch", first=1, last=2)

    assert [(curve.job_id, curve.name) for curve in curves] == [
        (job_id, name) for job_id in (one, other) for name in ("train/loss", "validation/loss")
    ]
    assert curves[2].points == [(1.0, 2.0), (1.5, 2.0), (2.0, 2.0)]
    assert curves[3].points == []
    with pytest.raises(NotFound):
        service.series(["job_unknown"], ["train/loss"])
    with pytest.raises(InvalidSpec):
        service.series([one], ["train/loss"], first=2, last=1)


def test_jobs_are_compared(service: Distillery, api: LiveApi, tmp_path: Path) -> None:
    one, other = service.jobs.create(seed=1), service.jobs.create(seed=2)
    worker = WorkerByHand(api, tmp_path)
    worker.artifact("report.json", json.dumps({"agreement": 0.5}).encode())
    worker.succeed()

    found = service.compare(one.id, other.id)

    assert [difference.pointer for difference in found.differences] == ["/seed"]
    assert found.rows[0].name == "agreement"
    assert one.report() == {"agreement": 0.5}
    with pytest.raises(NotFound):
        other.report()
    with pytest.raises(InvalidSpec):
        service.compare(one.id)


def test_the_events_of_all_jobs_are_followed_over_a_connection_that_breaks(api: LiveApi) -> None:
    heard: list[FeedEvent] = []

    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as shaky:
        made = [shaky.jobs.create().id]
        for event in shaky.events(after="0-0-", timeout=60):
            heard.append(event)
            if len(heard) == 4:
                break
            if len(heard) == 2:
                proxy.cut_all()
            made.append(shaky.jobs.create().id)

    assert [event.job_id for event in heard] == made


def test_following_ends_after_the_time_that_was_given(service: Distillery) -> None:
    with pytest.raises(TimedOut):
        list(service.events(timeout=0.5))
