"""Jobs that start from weights: what is known of them fills in what the spec leaves open, and must fit."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete

from core import ids
from core.files import Blob
from core.lifecycle import JobState
from core.store import artifacts, datasets, models
from core.store.datasets import Wanted
from core.store.library import Chore, Dataset, Model
from core.store.models import Told
from tests.app.visiting import findings, problem, submit
from tests.builders import ME, a_finished_job
from tests.live_api import LiveApi

BLOB = Blob("a" * 64, 10)
NETWORK = {"architecture": "mobilenet_v2", "width": 0.5, "stem": "small"}
NO_PERCEPTRON = {"hidden": None, "activation": None}


@pytest.fixture(autouse=True)
def _nothing_afterwards(api: LiveApi) -> Iterator[None]:
    yield
    with api.database.writing() as session:
        for table in (Model, Dataset, Chore):
            session.execute(delete(table))


def a_model(api: LiveApi, owner: str = ME, *, ready: bool = True, **known: Any) -> str:
    """The id of a model of ten classes without names, unless something else is known."""
    with api.database.writing() as session:
        found = models.add_upload(session, owner, "mine", BLOB, Told()).id
        if ready:
            facts = {**NETWORK, "classes": None, "image_size": 32, "facts": {"classes": 10}}
            models.became_ready(session, found, BLOB, **(facts | known))
        return found


def a_teacher(api: LiveApi, to: JobState = JobState.SUCCEEDED, **asked: Any) -> str:
    """The id of a job that has ended; its teacher is there where it has succeeded."""
    job_id = a_finished_job(api.database, to=to, **asked)
    if to is JobState.SUCCEEDED:
        row = {"name": "teacher.safetensors", "digest": BLOB.digest, "bytes": 10, "media_type": "x/y"}
        with api.database.writing() as session:
            artifacts.record(session, job_id, 1, [row])
    return job_id


def refused(http: httpx2.Client, asked: dict[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with it, which `validate` says too."""
    found = findings(http.post("/v1/jobs", json=asked))
    told = http.post("/v1/jobs/validate", json=asked).json()["errors"]
    assert [(error["pointer"], error["code"]) for error in told] == found
    return found


@pytest.mark.parametrize("role", ["teacher", "student"])
def test_a_model_brings_its_network(role: str, http: httpx2.Client, api: LiveApi) -> None:
    model = a_model(api)

    job = submit(http, **{role: {"source": model}})

    assert job["resolved_spec"][role] == {
        **NETWORK,
        **NO_PERCEPTRON,
        "source": {"kind": "model", "id": model},
    }
    assert submit(http, **job["spec"])["resolved_spec"] == job["resolved_spec"]
    told = http.post("/v1/jobs/validate", json={role: {"source": model}}).json()
    assert told["resolved_spec"][role] == job["resolved_spec"][role]


def test_the_teacher_of_a_job_brings_its_network(http: httpx2.Client, api: LiveApi) -> None:
    taught = a_teacher(api, teacher=NETWORK)

    job = submit(http, teacher={"source": taught})

    assert job["resolved_spec"]["teacher"] == {
        **NETWORK,
        **NO_PERCEPTRON,
        "source": {"kind": "job", "id": taught},
    }


@pytest.mark.parametrize(
    ("fact", "other"), [("architecture", "resnet18"), ("width", 1.0), ("stem", "imagenet")]
)
def test_a_network_that_is_asked_for_must_be_that_of_the_weights(
    fact: str, other: Any, http: httpx2.Client, api: LiveApi
) -> None:
    asked = {"teacher": {"source": a_model(api), fact: other}}

    assert (f"/teacher/{fact}", "other_network") in refused(http, asked)
    submit(http, teacher=asked["teacher"] | {fact: NETWORK[fact]})


def test_weights_that_are_not_there_or_not_ready_are_named(http: httpx2.Client, api: LiveApi) -> None:
    unready, foreign = a_model(api, ready=False), a_model(api, owner="someone else")

    for model, code in (
        (ids.new("model"), "not_found"),
        (foreign, "not_found"),
        (unready, "model_not_ready"),
    ):
        assert refused(http, {"teacher": {"source": model}}) == [("/teacher/source/id", code)]
        assert refused(http, {"student": {"source": model}}) == [("/student/source/id", code)]


def test_a_job_without_a_teacher_to_give_is_refused(http: httpx2.Client, api: LiveApi) -> None:
    bare = a_finished_job(api.database)
    failed = a_teacher(api, JobState.FAILED)

    for job, code in ((ids.new("job"), "not_found"), (bare, "not_found"), (failed, "job_not_succeeded")):
        assert refused(http, {"teacher": {"source": job}}) == [("/teacher/source/id", code)]


def test_weights_of_another_number_of_classes_are_refused(http: httpx2.Client, api: LiveApi) -> None:
    few, digits = a_model(api, facts={"classes": 3}), a_teacher(api, dataset="digits", teacher=NETWORK)

    mismatch = [("/teacher/source/id", "class_mismatch")]
    assert refused(http, {"teacher": {"source": few}}) == mismatch
    assert refused(http, {"dataset": "cifar100", "teacher": {"source": digits}}) == mismatch


def test_weights_of_other_classes_are_refused_by_name(http: httpx2.Client, api: LiveApi) -> None:
    facts = {
        "classes": 2,
        "image_size": 32,
        "train_images": 400,
        "test_images": 90,
        "class_names": ["a", "b"],
    }
    with api.database.writing() as session:
        pets = datasets.add_upload(session, ME, "pets", BLOB, Wanted()).id
        datasets.became_ready(session, pets, facts, {})
    asked = {"dataset": pets, "teacher": {"source": a_model(api, classes=["a", "c"])}}

    assert refused(http, asked) == [("/teacher/source/id", "class_mismatch")]
    detail = http.post("/v1/jobs", json=asked).json()["errors"][0]["detail"]
    assert "class 1 is 'c' of the model, and 'b' in the data set" in detail
    submit(http, **asked | {"teacher": {"source": a_model(api, classes=["a", "b"])}})


def test_other_classes_of_a_set_that_is_known_by_name_are_refused_by_name(
    http: httpx2.Client, api: LiveApi
) -> None:
    animals = a_model(api, classes=[f"animal {label}" for label in range(10)])
    digits = a_model(api, classes=[str(label) for label in range(10)])

    asked = {"dataset": "digits", "teacher": {"source": animals}}
    assert refused(http, asked) == [("/teacher/source/id", "class_mismatch")]
    submit(http, dataset="digits", teacher={"source": digits})
    measured = http.post(f"/v1/models/{animals}/measure", json={"dataset": "digits"})
    assert findings(measured) == [("/dataset", "other_classes")]
    assert "class 0 is 'animal 0' of the model, and '0' in the data set" in measured.text
    assert http.post(f"/v1/models/{digits}/measure", json={"dataset": "digits"}).status_code == 202


def test_a_clone_is_checked_and_completed_too(http: httpx2.Client, api: LiveApi) -> None:
    model = a_model(api)
    job = submit(http, teacher={"source": model})

    same = http.post(f"/v1/jobs/{job['id']}/clone", json={})
    other = http.post(f"/v1/jobs/{job['id']}/clone", json={"dataset": {"name": "cifar100"}})
    open_, asked = (
        http.post(
            f"/v1/jobs/{submit(http, teacher=teacher)['id']}/clone", json={"teacher": {"source": model}}
        )
        for teacher in ({}, NETWORK | {"width": 1.0})
    )

    assert same.json()["resolved_spec"] == job["resolved_spec"]
    assert findings(other) == [("/teacher/source/id", "class_mismatch")]
    assert open_.json()["resolved_spec"]["teacher"] == job["resolved_spec"]["teacher"]
    assert findings(asked) == [("/teacher/width", "other_network")]


def test_a_job_whose_teacher_a_queued_job_needs_is_not_deleted(http: httpx2.Client, api: LiveApi) -> None:
    taught = a_teacher(api, teacher=NETWORK)
    job = submit(http, teacher={"source": taught})

    refused = http.delete(f"/v1/jobs/{taught}")
    http.post(f"/v1/jobs/{job['id']}/cancel")

    assert job["id"] in problem(refused, 409)["detail"]
    assert http.delete(f"/v1/jobs/{taught}").status_code == 204


def test_everything_that_is_wrong_is_said_at_once(http: httpx2.Client) -> None:
    asked = {
        "dataset": ids.new("ds"), "teacher": {"source": ids.new("model")},
        "student": {"architecture": "resnet18", "width": 0.5},
    }  # fmt: skip

    assert refused(http, asked) == [
        ("/dataset/id", "not_found"), ("/student/width", "not_applicable"),
        ("/teacher/source/id", "not_found"),
    ]  # fmt: skip
