"""Jobs on data sets of one's own: what is known of the set decides what the job may ask for."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete

from core import ids
from core.files import Blob
from core.store import datasets
from core.store.datasets import Wanted
from core.store.library import Chore, Dataset
from tests.app.visiting import findings, problem, submit
from tests.builders import ME
from tests.live_api import LiveApi

FACTS = {"classes": 3, "image_size": 96, "train_images": 400, "test_images": 90}


@pytest.fixture(autouse=True)
def _nothing_afterwards(api: LiveApi) -> Iterator[None]:
    yield
    with api.database.writing() as session:
        session.execute(delete(Dataset))
        session.execute(delete(Chore))


def a_set(api: LiveApi, owner: str = ME, facts: dict[str, Any] | None = FACTS) -> str:
    """The id of a data set that is ready, or still packed where it has no facts."""
    with api.database.writing() as session:
        found = datasets.add_upload(session, owner, "pets", Blob("a" * 64, 10), Wanted()).id
        if facts is not None:
            datasets.became_ready(session, found, facts, {})
        return found


def test_a_job_learns_from_it_and_the_rules_know_its_images(http: httpx2.Client, api: LiveApi) -> None:
    job = submit(http, dataset=a_set(api))

    resolved = job["resolved_spec"]
    assert resolved["dataset"]["image_size"] == 96
    assert (resolved["teacher"]["stem"], resolved["student"]["stem"]) == ("imagenet", "imagenet")


def test_a_size_that_is_asked_for_wins(http: httpx2.Client, api: LiveApi) -> None:
    job = submit(http, dataset={"id": a_set(api), "image_size": 48})

    assert job["resolved_spec"]["student"]["stem"] == "small"


def test_one_that_is_not_there_is_named(http: httpx2.Client, api: LiveApi) -> None:
    foreign = a_set(api, owner="someone else")

    for unknown in (ids.new("ds"), foreign):
        asked = {"dataset": unknown}
        assert findings(http.post("/v1/jobs", json=asked)) == [("/dataset/id", "not_found")]
        assert http.post("/v1/jobs/validate", json=asked).json()["errors"][0]["pointer"] == "/dataset/id"


def test_one_that_is_being_packed_is_waited_for(http: httpx2.Client, api: LiveApi) -> None:
    reply = http.post("/v1/jobs", json={"dataset": a_set(api, facts=None)})

    assert findings(reply) == [("/dataset/id", "dataset_not_ready")]
    assert "still being packed" in reply.json()["errors"][0]["detail"]


def test_a_batch_larger_than_its_training_split_is_refused(http: httpx2.Client, api: LiveApi) -> None:
    asked = {"dataset": a_set(api), "optimization": {"batch_size": 361}}

    assert findings(http.post("/v1/jobs", json=asked)) == [("/optimization/batch_size", "less_than_equal")]
    submit(http, **asked | {"optimization": {"batch_size": 360}})


def test_a_clone_is_checked_against_it_too(http: httpx2.Client, api: LiveApi) -> None:
    job = submit(http, dataset=a_set(api), optimization={"batch_size": 128})
    other = a_set(api, facts=FACTS | {"train_images": 50})

    reply = http.post(f"/v1/jobs/{job['id']}/clone", json={"dataset": {"id": other}})

    assert findings(reply) == [("/optimization/batch_size", "less_than_equal")]


def test_what_a_queued_job_needs_is_not_deleted(http: httpx2.Client, api: LiveApi) -> None:
    needed = a_set(api)
    job = submit(http, dataset=needed)

    refused = http.delete(f"/v1/datasets/{needed}")
    http.post(f"/v1/jobs/{job['id']}/cancel")

    assert job["id"] in problem(refused, 409)["detail"]
    assert http.delete(f"/v1/datasets/{needed}").status_code == 204
