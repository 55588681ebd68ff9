"""/v1/models/{id}/measure: how good a model is on a data set."""

from collections.abc import Iterator

import httpx2
import pytest
from sqlalchemy import delete

from core.store import datasets
from core.store.datasets import Wanted
from core.store.library import Chore, Dataset, Model
from tests.app.api.weights import a_ready_one, upload, waiting
from tests.app.visiting import findings, problem
from tests.builders import ME
from tests.live_api import LiveApi


@pytest.fixture(autouse=True)
def _nothing_before(either_api: LiveApi) -> Iterator[None]:
    yield
    with either_api.database.writing() as session:
        for table in (Model, Dataset, Chore):
            session.execute(delete(table))


def test_a_measurement_is_asked_for(http: httpx2.Client, either_api: LiveApi) -> None:
    where = a_ready_one(http, either_api, classes=None, facts={"classes": 10})

    reply = http.post(f"{where}/measure", json={"dataset": "digits"})

    document = reply.json()
    assert reply.status_code == 202
    assert document["measured"] == {"digits": {"state": "measuring"}}
    assert document["poll_after_seconds"] > 0
    assert http.get(where).json() == document
    assert http.get(where).headers["etag"] == reply.headers["etag"]
    assert waiting(either_api) == 2


def test_only_a_ready_model_is_measured(http: httpx2.Client) -> None:
    where = upload(http).headers["location"]

    refused = problem(http.post(f"{where}/measure", json={"dataset": "digits"}), 409)

    assert refused["state"] == "reading"
    assert refused["hint"] == "Wait until its `state` is `ready`."


def test_a_set_with_other_classes_measures_nothing(http: httpx2.Client, either_api: LiveApi) -> None:
    where = a_ready_one(http, either_api)

    assert findings(http.post(f"{where}/measure", json={"dataset": "digits"})) == [
        ("/dataset", "other_classes")
    ]
    unknown = http.post(f"{where}/measure", json={"dataset": "imagenet"})
    assert findings(unknown) == [("/dataset", "unknown_dataset")]
    assert findings(http.post(f"{where}/measure", json={})) == [("/dataset", "missing")]


def test_a_set_of_your_own_must_be_ready_and_yours(http: httpx2.Client, either_api: LiveApi) -> None:
    where = a_ready_one(http, either_api)
    with either_api.database.writing() as session:
        mine = datasets.add_folder(session, ME, "pets", "/pets", Wanted()).id
        theirs = datasets.add_folder(session, "somebody else", "pets", "/pets", Wanted()).id
        datasets.became_ready(session, theirs, {"classes": 2}, {})

    packing = http.post(f"{where}/measure", json={"dataset": mine})
    other = http.post(f"{where}/measure", json={"dataset": theirs})
    with either_api.database.writing() as session:
        datasets.became_ready(session, mine, {"classes": 2}, {})
    sound = http.post(f"{where}/measure", json={"dataset": mine})

    assert problem(packing, 409)["state"] == "packing"
    assert findings(other) == [("/dataset", "unknown_dataset")]
    assert sound.status_code == 202
