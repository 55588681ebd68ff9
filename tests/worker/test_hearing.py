"""What a worker hears of a real broker, over a unix socket and over TCP."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from pydantic import SecretStr

from app.local import broker
from app.local.ports import listen
from core.settings import Settings
from worker import ring
from worker.queue import make_app

PICKLE = {
    "content-type": "application/x-python-serialize",
    "headers": {"task": ring.RUN_JOB},
    "body": "gASVCg==",
}
# Each of these ended the Celery parent, or would have run something else than a ring.
GARBAGE: list[bytes] = [
    b"", b"garbage", b"\xff\xfe", b"null", b"[]", b"{}", b"[" * 50_000,
    b'{"__type__": "uuid", "__value__": 1}',
    b'{"headers": "x", "content-type": "application/json"}', b" " * (ring.LONGEST + 1),
    json.dumps({"body": "gASVCg==", "headers": {}}).encode(), json.dumps(PICKLE).encode(),
    json.dumps({"content-type": "application/json", "headers": {"task": "celery.backend_cleanup"}}).encode(),
    json.dumps({"content-type": "application/json", "headers": {"task": ["a", "list"]}}).encode(),
]  # fmt: skip


@pytest.fixture(params=["unix socket", "tcp"])
def hearing(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path
) -> Iterator[tuple[Celery, redis.Redis]]:
    """The app of a worker, and a connection for whoever has come to the broker."""
    command = broker.command(settings.broker_socket, tmp_path)
    if request.param == "tcp":
        with listen(0) as free:
            port = free.getsockname()[1]
        command += ["--port", str(port)]
        settings = settings.model_copy(update={"broker_url": SecretStr(f"redis://127.0.0.1:{port}/0")})
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    broker.wait_until_up(settings.broker_socket)
    app = make_app(settings)
    with redis.Redis(unix_socket_path=str(settings.broker_socket)) as other:
        yield app, other
    app.close()
    process.kill()
    process.wait()


def heard(app: Celery, seconds: float = 0.5) -> list[Any]:
    """Every message that reaches Celery until it is quiet."""
    found: list[Any] = []

    def hear(message: Any) -> None:
        found.append(message)
        message.ack()

    with (
        app.connection_for_read() as connection,
        connection.channel() as channel,
        app.amqp.TaskConsumer(channel, on_message=hear),
        suppress(TimeoutError),
    ):
        while True:
            connection.drain_events(timeout=seconds)
    return found


def test_garbage_is_dropped_and_logged_and_the_ring_behind_it_is_heard(
    hearing: tuple[Celery, redis.Redis], caplog: pytest.LogCaptureFixture
) -> None:
    app, other = hearing
    for garbage in GARBAGE:
        other.lpush(ring.TRAIN, garbage)
    app.send_task(ring.RUN_JOB, queue=ring.TRAIN)

    found = heard(app)

    assert [message.headers["task"] for message in found] == [ring.RUN_JOB]
    assert len([line for line in caplog.messages if "no ring" in line]) == len(GARBAGE)


def test_nothing_that_a_ring_brought_along_is_believed(hearing: tuple[Celery, redis.Redis]) -> None:
    app, _ = hearing
    app.send_task(
        ring.RUN_JOB, queue=ring.TRAIN, args=["x"], time_limit=1, countdown=3600,
        link=app.signature("celery.backend_cleanup"), task_id="forged", headers={"compression": "bzip2"},
    )  # fmt: skip

    (message,) = heard(app)

    assert message.headers == {"task": ring.RUN_JOB, "id": message.delivery_tag}
    assert message.payload == [[], {}, {}]
    assert message.delivery_tag != "forged"


def test_nothing_of_a_ring_stays_in_the_broker(hearing: tuple[Celery, redis.Redis]) -> None:
    app, other = hearing
    app.send_task(ring.RUN_JOB, queue=ring.TRAIN)

    heard(app)

    assert not [key for key in other.keys("*") if not key.startswith(b"_kombu.binding")]
