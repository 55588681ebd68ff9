"""The client submits, finds, lists and cancels jobs, and raises what the service refuses."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.client import Distillery
from core.errors import (
    Conflict,
    DistilleryError,
    Forbidden,
    InvalidSpec,
    NotFound,
    Unauthorized,
    Unreachable,
)
from tests.app.cutting_proxy import CuttingProxy
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi, live_api


def test_a_job_is_queued_as_it_was_asked_for(service: Distillery) -> None:
    job = service.jobs.create(name="first", dataset="digits", optimization={"epochs": 3})

    assert job.state == "queued"
    assert job.name == "first"
    assert job.info.resolved_spec["optimization"]["epochs"] == 3
    assert job.info.queued_because == "no worker is alive"


def test_a_job_is_found_again_by_its_id(service: Distillery) -> None:
    job = service.jobs.create()

    assert service.jobs.get(job.id).info == job.info


def test_a_list_is_fetched_page_by_page(service: Distillery) -> None:
    submitted = [service.jobs.create(dataset="digits").id for _ in range(5)]

    listed = [row.id for row in service.jobs.list(page_size=2)]
    assert [row.id for row in service.jobs.list(limit=2)] == listed[:2]

    assert listed == submitted[::-1]


def test_a_list_is_cut_by_state_and_name(service: Distillery) -> None:
    service.jobs.create(name="one").cancel()
    service.jobs.create(name="two")
    service.jobs.create(name="twofold").cancel()

    assert [row.name for row in service.jobs.list(state="cancelled", q="two")] == ["twofold"]
    assert len(list(service.jobs.list(state=["queued", "cancelled"]))) == 3


def test_a_spec_is_checked_without_queuing_it(service: Distillery) -> None:
    good = service.jobs.validate({"dataset": "digits"})
    bad = service.jobs.validate({"student": "mobilenet_v3"})

    assert good.valid
    assert good.resolved_spec is not None
    assert not bad.valid
    assert bad.errors[0].pointer == "/student"
    assert list(service.jobs.list()) == []


def test_a_job_is_cancelled_once_and_twice(service: Distillery) -> None:
    job = service.jobs.create()

    assert job.cancel().state == "cancelled"
    assert job.cancel().state == "cancelled"


def test_what_a_job_measured_wrote_and_made_is_read(
    service: Distillery, api: LiveApi, tmp_path: Path
) -> None:
    job = service.jobs.create()
    worker = WorkerByHand(api, tmp_path)
    worker.metrics(1, validation_accuracy=0.5, train_loss=2.0)
    worker.metrics(2, validation_accuracy=0.75, train_loss=1.0)
    worker.say("one", "two")
    worker.say("three", level="error")
    digest = worker.artifact("student.safetensors", b"weights")
    worker.succeed()

    metrics = {metric.name: metric for metric in job.metrics()}
    assert metrics["validation/accuracy"].best == 0.75
    assert metrics["train/loss"].first == 2.0
    assert [line.text for line in job.logs(tail=2)] == ["two", "three"]
    assert [line.text for line in job.logs(level="error")] == ["three"]
    assert [(found.name, found.sha256) for found in job.artifacts()] == [("student.safetensors", digest)]
    assert job.refresh().summary is not None


def test_the_catalog_and_the_schema_are_read(service: Distillery) -> None:
    assert "soft_targets" in [entry["kind"] for entry in service.catalog()["methods"]]
    assert "optimization" in service.job_schema()["properties"]


def test_an_impossible_spec_is_refused_with_every_place(service: Distillery) -> None:
    with pytest.raises(InvalidSpec) as refused:
        service.jobs.create(optimizer="sgd", student="mobilenet_v3")

    found = {error.pointer: error for error in refused.value.errors}
    assert found["/optimizer"].code == "unknown_field"
    assert found["/student"].did_you_mean == "mobilenet_v2"
    assert refused.value.request_id is not None
    problem = refused.value.problem
    assert (problem["status"], problem["code"]) == (422, "invalid_spec")
    assert problem["title"]


def test_a_number_that_json_does_not_have_is_refused_with_its_place(service: Distillery) -> None:
    with pytest.raises(InvalidSpec) as refused:
        service.jobs.create(optimization={"learning_rate": float("nan")})

    assert refused.value.errors[0].pointer == "/optimization/learning_rate"


def test_what_json_can_not_say_is_refused_before_it_is_sent(service: Distillery) -> None:
    with pytest.raises(InvalidSpec, match="can't be written as JSON"):
        service.jobs.create(tags={"a", "b"})


def test_a_finished_job_can_not_be_cancelled(service: Distillery, api: LiveApi, tmp_path: Path) -> None:
    job = service.jobs.create()
    WorkerByHand(api, tmp_path).succeed()

    with pytest.raises(Conflict, match="can't cancel a succeeded job") as refused:
        job.cancel()

    assert refused.value.state == "succeeded"
    assert refused.value.allowed_actions == []


def test_no_job_has_this_id(service: Distillery) -> None:
    with pytest.raises(NotFound):
        service.jobs.get("job_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    with pytest.raises(NotFound):
        service.jobs.get("../keys?x=/")


def test_a_wrong_key_is_refused(api: LiveApi) -> None:
    with Distillery(api.url, "dk_nobody_nothing") as service, pytest.raises(Unauthorized):
        service.catalog()


def test_a_key_that_only_reads_can_not_submit(api: LiveApi) -> None:
    with Distillery(api.url, api.make_key("read")) as service, pytest.raises(Forbidden, match="'submit'"):
        service.jobs.create()


def test_a_service_that_is_not_there_is_unreachable() -> None:
    with Distillery("http://127.0.0.1:1", "dk_a_b") as service, pytest.raises(Unreachable):
        service.catalog()


def test_a_broken_answer_is_asked_for_again(api: LiveApi) -> None:
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as service:
        proxy.cut_answers(0, 10)

        assert "methods" in service.catalog()

    assert len(proxy.requests) == 3


def test_a_submit_is_repeated_when_the_service_says_that_nothing_was_done(tmp_path: Path) -> None:
    with live_api(tmp_path) as api, Distillery(api.url, api.key) as service:
        bring_back = put_away(api.settings.home / "distillery.sqlite")
        back = threading.Timer(0.5, bring_back)
        back.start()
        started = time.monotonic()

        job = service.jobs.create()

        back.join()
        assert time.monotonic() - started >= 2  # the seconds that Retry-After named
        assert [row.id for row in service.jobs.list()] == [job.id]


def put_away(database: Path) -> Callable[[], None]:
    """Leave a folder in its place, which no new connection can open; returns what undoes that."""
    away = database.with_suffix(".away")
    database.rename(away)
    database.mkdir()

    def bring_back() -> None:
        database.rmdir()
        away.rename(database)

    return bring_back


def test_an_answer_of_something_else_is_said_to_be_that(api: LiveApi) -> None:
    with (
        Distillery(f"{api.url}/docs?", api.key) as service,
        pytest.raises(DistilleryError, match="not answer with JSON"),
    ):
        service.catalog()
