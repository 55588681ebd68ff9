"""Jobs side by side, and the report of one."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core.lifecycle import JobState
from tests.app.visiting import findings, problem, submit
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi


def a_report(accuracy: float, latency: float) -> dict[str, Any]:
    """What a trainer writes, in short."""
    network = {"test": {"accuracy": accuracy, "interval": [accuracy - 0.01, accuracy + 0.01], "nll": 0.5}}
    timed = [{"batch": 1, "p50_seconds": latency, "p95_seconds": 2 * latency, "runs": 30}]
    return {
        "summary": {"compression": 5.0, "speedup": 2.0},
        "student": {**network, "parameters": 1000, "file": {"bytes": 4000}, "latency": timed},
        "teacher": network,
        "hardware": {"device": "cpu", "cpu": "a CPU"},
    }


def reported(api: LiveApi, http: httpx2.Client, folder: Path, report: Any, **spec: Any) -> str:
    """A job that succeeded with this report."""
    job_id: str = submit(http, **spec)["id"]
    worker = WorkerByHand(api, folder)
    worker.artifact("report.json", report if isinstance(report, bytes) else json.dumps(report).encode())
    worker.succeed()
    return job_id


def compare(http: httpx2.Client, *job_ids: str) -> dict[str, Any]:
    reply = http.get("/v1/compare", params={"jobs": ",".join(job_ids)})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_what_differs_and_what_is_better(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    one = reported(api, http, tmp_path, a_report(0.9, 0.001), name="one", optimization={"epochs": 5})
    other = reported(
        api, http, tmp_path, a_report(0.8, 0.0005), name="other", seed=3, optimization={"epochs": 5}
    )

    found = compare(http, one, other)

    assert [(job["id"], job["name"], job["device"]) for job in found["jobs"]] == [
        (one, "one", "a CPU"), (other, "other", "a CPU"),
    ]  # fmt: skip
    assert found["differences"] == [{"pointer": "/seed", "values": [0, 3]}]
    rows = {row["name"]: row for row in found["rows"]}
    accuracy = rows["student_accuracy"]
    assert accuracy["values"][0] == {"value": 0.9, "low": 0.89, "high": 0.91}
    assert (accuracy["better"], accuracy["best"]) == ("higher", [0])
    assert (rows["latency_batch_1"]["better"], rows["latency_batch_1"]["best"]) == ("lower", [1])
    assert rows["student_bytes"]["best"] == [0, 1]
    assert rows["teacher_parameters"]["best"] == [] if "teacher_parameters" in rows else True


def test_a_job_without_a_report_has_nothing_to_show(
    api: LiveApi, http: httpx2.Client, tmp_path: Path
) -> None:
    done = reported(api, http, tmp_path, a_report(0.9, 0.001))
    waiting = submit(http)["id"]

    (accuracy, *_) = compare(http, waiting, done)["rows"]

    assert accuracy["values"][0] is None
    assert accuracy["best"] == []


@pytest.mark.parametrize(
    "broken", [b"", b"[]", b"{", b'{"student": 1, "hardware": [], "teacher": {"test": []}}']
)
def test_a_report_that_says_nothing_breaks_nothing(
    api: LiveApi, http: httpx2.Client, tmp_path: Path, broken: bytes
) -> None:
    done = reported(api, http, tmp_path, a_report(0.9, 0.001))

    assert compare(http, reported(api, http, tmp_path, broken), done)["jobs"][1]["id"] == done


def test_two_to_ten_jobs_of_ones_own_are_compared(http: httpx2.Client, stranger: httpx2.Client) -> None:
    mine, theirs = submit(http)["id"], submit(stranger)["id"]

    for jobs in (mine, f"{mine},{mine}", "", ",".join(f"job_{number}" for number in range(11))):
        assert findings(http.get("/v1/compare", params={"jobs": jobs})) == [("?jobs", "bad_count")]
    problem(http.get("/v1/compare", params={"jobs": f"{mine},{theirs}"}), 404)
    problem(http.get(f"/v1/jobs/{theirs}/report"), 404)


def test_a_report_is_shown_as_it_was_written(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    report = a_report(0.9, 0.001)

    path = f"/v1/jobs/{reported(api, http, tmp_path, report)}"

    assert http.get(f"{path}/report").json() == report
    assert http.get(path).json()["state"] == JobState.SUCCEEDED
    problem(http.get(f"/v1/jobs/{submit(http)['id']}/report"), 404)


def test_jobs_are_named_together_or_each_by_itself(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    both = [reported(api, http, tmp_path, a_report(0.9, 0.002), seed=seed) for seed in (1, 2)]

    found = http.get("/v1/compare", params={"jobs": both})

    assert found.status_code == 200, found.text
    assert found.json() == compare(http, *both)


@pytest.mark.parametrize(
    ("asked", "media_type", "content"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", "<!doctype html>ü"),
        ("text/markdown", "text/markdown; charset=utf-8", "# ü"),
    ],
)
def test_a_report_is_read_as_its_reader_asks(
    asked: str, media_type: str, content: str, api: LiveApi, http: httpx2.Client, tmp_path: Path
) -> None:
    job_id = submit(http)["id"]
    worker = WorkerByHand(api, tmp_path)
    worker.artifact("report.json", b"{}")
    worker.artifact("report.html", "<!doctype html>ü".encode())
    worker.artifact("model_card.md", "# ü".encode())
    worker.succeed()

    reply = http.get(f"/v1/jobs/{job_id}/report", headers={"Accept": asked})

    assert (reply.status_code, reply.headers["content-type"], reply.text) == (200, media_type, content)
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert http.get(f"/v1/jobs/{job_id}/report").json() == {}


def test_a_job_without_a_page_has_none(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    job_id = reported(api, http, tmp_path, a_report(0.9, 0.001))

    problem(http.get(f"/v1/jobs/{job_id}/report", headers={"Accept": "text/html"}), 404)
