"""Curves of metrics over HTTP: buckets, CSV, and several jobs at once."""

import csv
import io
from typing import Any

import httpx2
import pytest

from core.store import metrics
from tests.app.visiting import findings, problem, submit
from tests.live_api import LiveApi


def measured(api: LiveApi, http: httpx2.Client, steps: int, name: str = "train/loss") -> str:
    """A job with a curve: its value is its step."""
    job_id: str = submit(http)["id"]
    with api.database.writing() as session:
        metrics.write(session, job_id, [
            {"name": name, "step": step, "epoch": step / 10, "seconds": step * 2.0, "value": float(step)}
            for step in range(steps)
        ])  # fmt: skip
    return job_id


def series(http: httpx2.Client, job_id: str, **query: Any) -> list[dict[str, Any]]:
    reply = http.get(f"/v1/jobs/{job_id}/metrics/series", params=query)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["data"]
    return found


def test_a_short_curve_is_told_value_by_value(api: LiveApi, http: httpx2.Client) -> None:
    job_id = measured(api, http, 3, "validation/accuracy")

    assert series(http, job_id, names="validation/accuracy", x="epoch") == [
        {
            "job_id": job_id, "name": "validation/accuracy", "unit": "ratio", "x": "epoch", "total_points": 3,
            "span_steps": 1, "buckets": [[0, 0, 0, 0], [0.1, 1, 1, 1], [0.2, 2, 2, 2]], "counts": [1, 1, 1],
        }
    ]  # fmt: skip


def test_a_long_curve_is_told_in_buckets(api: LiveApi, http: httpx2.Client) -> None:
    job_id = measured(api, http, 1000)

    (found,) = series(http, job_id, names="train/loss", max_points=10, **{"from": 100, "to": 899})

    assert (found["total_points"], found["span_steps"]) == (800, 128)
    assert found["buckets"][:2] == [[127, 127, 100, 127], [255, 255, 128, 255]]
    assert found["counts"] == [28, 128, 128, 128, 128, 128, 128, 4]


def test_names_are_given_with_commas_or_not_at_all(api: LiveApi, http: httpx2.Client) -> None:
    job_id = measured(api, http, 3)

    assert [one["name"] for one in series(http, job_id, names="b,train/loss,b")] == ["b", "train/loss"]
    assert [one["name"] for one in series(http, job_id)] == ["train/loss"]
    assert series(http, job_id, names="nothing\0")[:1] == []


@pytest.mark.parametrize("how", ["header", "query"])
def test_every_value_comes_as_csv(api: LiveApi, http: httpx2.Client, how: str) -> None:
    job_id = measured(api, http, 12_000)
    path = f"/v1/jobs/{job_id}/metrics/series"

    if how == "header":
        reply = http.get(path, params={"x": "seconds", "from": 2}, headers={"Accept": "text/csv"})
    else:
        reply = http.get(path, params={"x": "seconds", "from": 2, "format": "csv"})

    assert reply.headers["content-type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(reply.text))
    assert header == ["name", "step", "epoch", "seconds", "value"]
    assert rows[0] == ["train/loss", "1", "0.1", "2.0", "1.0"]
    assert [int(row[1]) for row in rows] == list(range(1, 12_000))


def test_many_jobs_are_asked_at_once(api: LiveApi, http: httpx2.Client) -> None:
    one, other = measured(api, http, 3), measured(api, http, 5)
    question = {"jobs": [one, other], "names": ["train/loss", "b"], "from": 1, "max_points": 7}

    found = http.post("/v1/metrics/query", json=question).json()["data"]

    assert [(s["job_id"], s["name"], s["total_points"]) for s in found] == [
        (one, "train/loss", 2), (one, "b", 0), (other, "train/loss", 4), (other, "b", 0),
    ]  # fmt: skip


def test_the_jobs_of_others_are_not_there(api: LiveApi, http: httpx2.Client, stranger: httpx2.Client) -> None:
    mine, theirs = measured(api, http, 3), measured(api, stranger, 3)
    question = {"jobs": [mine, theirs], "names": ["train/loss"]}

    problem(http.get(f"/v1/jobs/{theirs}/metrics/series"), 404)
    problem(http.get(f"/v1/jobs/{theirs}/metrics/series?format=csv"), 404)
    problem(http.post("/v1/metrics/query", json=question), 404)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("max_points=0", "?max_points"),
        ("max_points=1001", "?max_points"),
        ("from=nan", "?from"),
        ("x=hour", "?x"),
        ("from=5&to=1", "?to"),
        ("first=5", "?first"),
    ],
)
def test_a_cut_that_makes_no_sense_is_refused(http: httpx2.Client, query: str, place: str) -> None:
    reply = http.get(f"/v1/jobs/{submit(http)['id']}/metrics/series?{query}")

    assert [where for where, _ in findings(reply)] == [place]


@pytest.mark.parametrize(
    ("cut", "where"), [({"from": 5, "to": 1}, ["/to"]), ({"first": 1, "last": 5}, ["/first", "/last"])]
)
def test_a_question_that_makes_no_sense_is_refused(
    http: httpx2.Client, cut: dict[str, int], where: list[str]
) -> None:
    question = {"jobs": [submit(http)["id"]], "names": ["train/loss"], **cut}

    reply = http.post("/v1/metrics/query", json=question)

    assert sorted(place for place, _ in findings(reply)) == where


def test_no_unit_is_invented_for_a_name_that_nobody_knows(http: httpx2.Client) -> None:
    question = {"jobs": [submit(http)["id"]], "names": ["nope", "train/loss", "train/term/kl"]}

    found = http.post("/v1/metrics/query", json=question).json()["data"]

    assert [(curve["unit"], curve["total_points"]) for curve in found] == [
        (None, 0),
        ("nats", 0),
        (None, 0),  # a penalty or a distance is no entropy
    ]


def test_too_many_curves_are_refused(http: httpx2.Client) -> None:
    job_id = submit(http)["id"]
    names = [f"name/{number}" for number in range(51)]
    question = {"jobs": [job_id, submit(http)["id"]], "names": names[:26]}

    reply = http.get(f"/v1/jobs/{job_id}/metrics/series", params={"names": ",".join(names)})

    assert findings(reply) == [("?names", "too_long")]
    assert findings(http.post("/v1/metrics/query", json=question)) == [("/names", "too_long")]
    too_many = {"jobs": [job_id] * 21, "names": ["a"]}
    assert findings(http.post("/v1/metrics/query", json=too_many)) == [("/jobs", "too_long")]
