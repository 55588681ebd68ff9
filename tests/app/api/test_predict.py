"""POST /v1/jobs/{id}/predict, answered by a real predictor through a real broker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
import redis
import torch

from core.prediction import LARGEST_IMAGE, QUEUE
from tests.app.api.predicting import Asking, a_broker, a_predictor, a_taught_job, served
from tests.app.visiting import findings, problem, submit, visitor
from tests.builders import ME
from tests.conftest import ENGINES
from tests.databases import PostgreSQL
from tests.live_api import LiveApi
from tests.worker.predicting.builders import Taught, taught
from worker.engine.evaluation import predict

# A first answer takes as long as loading torch does, on a busy machine.
PATIENT = 150.0


@pytest.fixture(scope="module")
def pair() -> Taught:
    return taught()


@pytest.fixture(scope="module", params=ENGINES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    """A service with all that predicting needs, on each database."""
    folder = tmp_path_factory.mktemp("predict")
    if request.param == "sqlite":
        with served(folder, PATIENT) as api, a_broker(api), a_predictor(api):
            yield api
        return
    postgresql: PostgreSQL = request.getfixturevalue("postgresql")
    with postgresql.database() as url, served(folder, PATIENT, url) as api, a_broker(api), a_predictor(api):
        yield api


@pytest.fixture
def api(running: LiveApi) -> LiveApi:
    return running


@pytest.fixture
def http(api: LiveApi) -> Iterator[httpx2.Client]:
    with visitor(api, api.make_key("read", "submit", owner=ME)) as client:
        client.timeout = httpx2.Timeout(PATIENT + 30)
        yield client


@pytest.fixture
def asking(api: LiveApi, http: httpx2.Client, pair: Taught, tmp_path: Path) -> Asking:
    return Asking(http, a_taught_job(api, http, pair, tmp_path))


def staged(api: LiveApi) -> list[Path]:
    return list((api.settings.files / "staging").glob("*"))


def test_student_and_teacher_answer_as_the_engine_does(api: LiveApi, asking: Asking, pair: Taught) -> None:
    reply = asking.predict(pair.png(2), top_k="3")

    assert reply.status_code == 200, reply.text
    answer = reply.json()
    image = pair.test.take(torch.tensor([2]))
    for role, network in pair.networks.items():
        best = predict(network, image, pair.material.normalization)[0].double().softmax(0).topk(3)
        shown = [(one["class_index"], one["probability"]) for one in answer[role]["top"]]
        assert shown == list(zip(best.indices.tolist(), best.values.tolist(), strict=True))
        assert answer[role]["forward_milliseconds"] < answer[role]["total_milliseconds"]
        assert answer[role]["total_milliseconds"] < answer["total_milliseconds"]
    assert answer["job_id"] == asking.job
    assert len(asking.predict(pair.png(2)).json()["student"]["top"]) == 5
    assert staged(api) == []


def test_many_ask_at_once(asking: Asking, pair: Taught) -> None:
    with ThreadPoolExecutor(8) as together:
        replies = list(together.map(lambda row: asking.predict(pair.png(row)).json(), range(8)))

    alone = [asking.predict(pair.png(row)).json() for row in range(8)]
    assert [one["student"]["top"] for one in replies] == [one["student"]["top"] for one in alone]


@pytest.mark.parametrize(
    "image", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(99), b"GIF89a" + b"\xff" * 99]
)
def test_what_is_no_image_is_refused_with_a_reason(asking: Asking, image: bytes) -> None:
    document = problem(asking.predict(image), 422)

    assert document["code"] == "image_unreadable"
    assert "can't be read: it " in document["detail"]
    assert "PNG, JPEG" in document["hint"]


def test_an_image_that_is_too_large_is_refused(api: LiveApi, asking: Asking) -> None:
    assert problem(asking.predict(bytes(LARGEST_IMAGE + 1)), 413)["code"] == "body_too_large"
    assert staged(api) == []


def test_what_stands_before_a_form_has_a_limit_too(asking: Asking) -> None:
    sent = {"content-type": "multipart/form-data; boundary=b"}
    body = bytes(LARGEST_IMAGE + (4 << 20)) + b"\r\n--b--"

    reply = asking.http.post(f"/v1/jobs/{asking.job}/predict", content=body, headers=sent)

    assert problem(reply, 413)["code"] == "body_too_large"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"top_k": "0"}, "/top_k"),
        ({"top_k": "21"}, "/top_k"),
        ({"top_k": "many"}, "/top_k"),
        ({"topk": "3"}, "/topk"),
    ],
)
def test_what_is_wrong_with_the_form_is_told(
    asking: Asking, pair: Taught, fields: dict[str, str], where: str
) -> None:
    assert [pointer for pointer, _ in findings(asking.predict(pair.png(0), **fields))] == [where]


def test_an_image_must_be_sent_as_a_form(asking: Asking, http: httpx2.Client) -> None:
    path = f"/v1/jobs/{asking.job}/predict"

    problem(http.post(path, json={}), 415)
    assert findings(http.post(path, files={"top_k": (None, "3")})) == [("/file", "missing")]


def test_only_a_job_that_has_succeeded_can_be_asked(http: httpx2.Client, pair: Taught) -> None:
    waiting = Asking(http, submit(http)["id"])

    document = problem(waiting.predict(pair.png(0)), 409)

    assert document["state"] == "queued"
    assert "cancel" in document["allowed_actions"]
    http.post(f"/v1/jobs/{waiting.job}/cancel")


def test_the_job_of_another_is_not_there(api: LiveApi, asking: Asking, pair: Taught) -> None:
    with visitor(api, api.make_key("read", owner="someone else")) as stranger:
        problem(Asking(stranger, asking.job).predict(pair.png(0)), 404)
    problem(Asking(asking.http, "job_nothing").predict(pair.png(0)), 404)


def test_whoever_may_read_may_ask(api: LiveApi, asking: Asking, pair: Taught) -> None:
    with visitor(api, api.make_key("submit", owner=ME)) as submitter:
        problem(Asking(submitter, asking.job).predict(pair.png(0)), 403)
    with visitor(api, None) as anyone:
        problem(Asking(anyone, asking.job).predict(pair.png(0)), 401)
    with visitor(api, api.make_key("read", owner=ME)) as reader:
        reader.timeout = asking.http.timeout
        assert Asking(reader, asking.job).predict(pair.png(0)).status_code == 200


def test_what_is_no_question_is_dropped(api: LiveApi, asking: Asking, pair: Taught) -> None:
    with redis.Redis.from_url(api.settings.redis) as connection:
        for item in (b"\xff", b"{}", b'{"id": "../.."}', b"[" * 5000):
            connection.lpush(QUEUE, item)

    assert asking.predict(pair.png(0)).status_code == 200


def test_a_weight_file_that_is_gone_is_told(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    other = taught(dataset='"another one"')
    asked = Asking(http, a_taught_job(api, http, other, tmp_path))
    digest = next(a["sha256"] for a in http.get(f"/v1/jobs/{asked.job}/artifacts").json()["data"])
    api.files.path(digest).unlink()

    assert digest in problem(asked.predict(other.png(0)), 404)["detail"]
