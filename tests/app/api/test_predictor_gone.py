"""Predictions while the broker or the predictor is gone, busy, killed, or told to end."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import redis

from core.prediction import MOST_WAITING, QUEUE
from tests.app.api.predicting import Asking, a_broker, a_predictor, a_taught_job, children, served
from tests.app.visiting import problem, visitor
from tests.builders import ME
from tests.live_api import LiveApi
from tests.polling import eventually
from tests.worker.predicting.builders import Taught, taught

PATIENT = 150.0


@pytest.fixture(scope="module")
def pair() -> Taught:
    return taught()


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    with served(tmp_path_factory.mktemp("predict"), seconds=1.0) as running:
        yield running


@contextmanager
def asking(api: LiveApi, pair: Taught, scratch: Path) -> Iterator[Asking]:
    with visitor(api, api.make_key("read", "submit", owner=ME)) as client:
        client.timeout = httpx2.Timeout(PATIENT + 30)
        yield Asking(client, a_taught_job(api, client, pair, scratch))


def keys(api: LiveApi) -> list[bytes]:
    with redis.Redis.from_url(api.settings.redis) as connection:
        found: list[bytes] = connection.keys("predict*")
        return found


def unavailable(reply: httpx2.Response) -> str:
    document = problem(reply, 503)
    assert document["code"] == "predictor_unavailable"
    assert document["hint"]
    assert int(reply.headers["retry-after"]) > 0
    return str(document["detail"])


def test_without_a_broker_that_is_said_at_once(impatient: LiveApi, pair: Taught, tmp_path: Path) -> None:
    with asking(impatient, pair, tmp_path) as asked:
        assert "the broker does not answer" in unavailable(asked.predict(pair.png(0)))


def test_without_a_predictor_nobody_waits_for_ever_and_nothing_is_left(
    impatient: LiveApi, pair: Taught, tmp_path: Path
) -> None:
    with a_broker(impatient), asking(impatient, pair, tmp_path) as asked:
        assert "within 1 s" in unavailable(asked.predict(pair.png(0)))

        assert keys(impatient) == []
        assert list((impatient.settings.files / "staging").glob("*")) == []


def test_a_broker_that_is_frozen_holds_nobody_up(impatient: LiveApi, pair: Taught, tmp_path: Path) -> None:
    with a_broker(impatient) as broker, asking(impatient, pair, tmp_path) as asked:
        unavailable(asked.predict(pair.png(0)))
        broker.send_signal(signal.SIGSTOP)

        unavailable(asked.predict(pair.png(0)))
        assert asked.http.get("/healthz").status_code == 200


def test_more_than_may_wait_are_refused_at_once(impatient: LiveApi, pair: Taught, tmp_path: Path) -> None:
    url = impatient.settings.redis
    with a_broker(impatient), asking(impatient, pair, tmp_path) as asked, redis.Redis.from_url(url) as queue:
        for _ in range(MOST_WAITING):
            queue.lpush(QUEUE, b"of another API")

        assert "64 images wait already" in unavailable(asked.predict(pair.png(0)))

        assert queue.llen(QUEUE) == MOST_WAITING


def test_one_that_is_killed_or_ended_in_the_middle_costs_its_question_only(
    tmp_path: Path, pair: Taught
) -> None:
    fault = {"DISTILLERY_FAULT": "predicting.image:1:sleep"}
    with served(tmp_path, PATIENT) as api, a_broker(api), asking(api, pair, tmp_path) as asked:
        with a_predictor(api, **fault) as predictor, ThreadPoolExecutor(1) as beside:
            reply = beside.submit(asked.predict, pair.png(0))
            fired = api.settings.home / "fault-fired"
            eventually(fired.exists, PATIENT)
            (child,) = children(predictor.pid)
            predictor.send_signal(signal.SIGTERM)

            assert "is being stopped" in unavailable(reply.result())
            assert predictor.wait(20) == 0
            eventually(lambda: not Path(f"/proc/{child}").exists())

        with a_predictor(api) as predictor:
            assert asked.predict(pair.png(0)).status_code == 200
            (child,) = children(predictor.pid)
            os.kill(child, signal.SIGKILL)
            assert asked.predict(pair.png(0)).status_code == 200
            (child,) = children(predictor.pid)
            predictor.kill()
            eventually(lambda: not Path(f"/proc/{child}").exists())
        assert keys(api) == []


def test_an_image_that_ends_the_process_is_the_images_fault(tmp_path: Path, pair: Taught) -> None:
    fault = {"DISTILLERY_FAULT": "predicting.image:1:kill"}
    with (
        served(tmp_path, PATIENT) as api, a_broker(api), a_predictor(api, **fault),
        asking(api, pair, tmp_path) as asked,
    ):  # fmt: skip
        document = problem(asked.predict(pair.png(0)), 422)

        assert document["code"] == "image_unreadable"
        assert "decoding it ended the process" in document["detail"]
        assert asked.predict(pair.png(0)).status_code == 200
