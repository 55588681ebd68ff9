"""The log of a job, in three forms."""

import json
from pathlib import Path

import httpx2
import pytest

from tests.app.visiting import findings, submit
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi

NASTY = '<script>alert(1)</script> \u202e \' OR 1=1 -- ${x} \\ "quoted"'


@pytest.fixture
def log(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> str:
    """The path of a log of four lines."""
    path = f"/v1/jobs/{submit(http)['id']}/logs"
    worker = WorkerByHand(api, tmp_path)
    worker.say("epoch 1", "epoch 2")
    worker.say("slow", level="warning")
    worker.say(NASTY, level="error")
    return path


def texts(reply: httpx2.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [line["text"] for line in reply.json()["data"]]


def test_lines_come_oldest_first(http: httpx2.Client, log: str) -> None:
    reply = http.get(log)

    assert texts(reply) == ["epoch 1", "epoch 2", "slow", NASTY]
    first = reply.json()["data"][0]
    assert (first["attempt"], first["line"], first["level"]) == (1, 1, "info")


def test_a_log_is_also_plain_text(http: httpx2.Client, log: str) -> None:
    reply = http.get(log, headers={"Accept": "text/plain"})

    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.text == f"epoch 1\nepoch 2\nslow\n{NASTY}\n"


def test_a_log_is_also_one_json_a_line(http: httpx2.Client, log: str) -> None:
    reply = http.get(log, headers={"Accept": "application/x-ndjson"})

    assert reply.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in reply.text.splitlines()] == http.get(log).json()["data"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tail": 1}, [NASTY]),
        ({"level": "warning"}, ["slow"]),
        ({"level": "info", "tail": 1}, ["epoch 2"]),
        ({"q": "EPOCH"}, ["epoch 1", "epoch 2"]),
        ({"q": "' OR 1=1 --"}, [NASTY]),
        ({"q": "%"}, []),
        ({"q": "\0"}, []),
        ({"q": "epoch", "level": "error"}, []),
    ],
)
def test_a_log_can_be_cut(http: httpx2.Client, log: str, query: dict[str, str], found: list[str]) -> None:
    assert texts(http.get(log, params=query)) == found


@pytest.mark.parametrize("query", ["tail=0", "tail=10001", "tail=x", "level=fatal", "q=" + "x" * 201])
def test_a_cut_that_makes_no_sense_is_refused(http: httpx2.Client, log: str, query: str) -> None:
    assert [place for place, _ in findings(http.get(f"{log}?{query}"))] == ["?" + query.split("=")[0]]


def test_a_job_that_waits_has_said_nothing(http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http)['id']}/logs"

    assert texts(http.get(path)) == []
    assert http.get(path, headers={"Accept": "text/plain"}).text == ""
