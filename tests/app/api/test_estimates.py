"""What a job will take, told from the history; and whether it was asked for before."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from core.store.tables import Job
from tests.app.visiting import submit
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi

SPEC: dict[str, Any] = {
    "dataset": "digits", "teacher": {"source": {"kind": "train", "epochs": 10}},
    "optimization": {"epochs": 10}, "resources": {"gpus": 0},
}  # fmt: skip


def took(
    api: LiveApi, http: httpx2.Client, folder: Path, seconds: float, spec: Any, device: str = "cpu",
    source: str = "train",
) -> str:  # fmt: skip
    """A job that succeeded after so many seconds."""
    job_id: str = submit(http, **spec)["id"]
    worker = WorkerByHand(api, folder)
    report = {"hardware": {"device": device}, "teacher": {"source": {"kind": source}}}
    worker.artifact("report.json", json.dumps(report).encode())
    worker.succeed()
    with api.database.writing() as session:
        job = session.get_one(Job, job_id)
        ended = job.started_at + timedelta(seconds=seconds) if job.started_at else None
        session.execute(update(Job).where(Job.id == job_id).values(finished_at=ended))
    return job_id


def validated(http: httpx2.Client, spec: Any) -> dict[str, Any]:
    found: dict[str, Any] = http.post("/v1/jobs/validate", json=spec).json()
    return found


def test_without_a_history_nothing_is_guessed(http: httpx2.Client) -> None:
    found = validated(http, SPEC)

    assert found["estimate"]["seconds_low"] is found["estimate"]["seconds_high"] is None
    assert found["estimate"]["sample_size"] == 0
    assert found["estimate"]["basis"].startswith("no job of yours with the same data set")
    assert found["duplicate_of"] is None


def test_like_jobs_say_how_long_it_takes(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    took(api, http, tmp_path, 100.0, SPEC)
    took(api, http, tmp_path, 60.0, {**SPEC, "optimization": {"epochs": 5}, "seed": 1})

    estimate = validated(http, {**SPEC, "seed": 2})["estimate"]

    assert (estimate["seconds_low"], estimate["seconds_high"]) == (pytest.approx(80.0), pytest.approx(100.0))
    assert (estimate["sample_size"], estimate["memory_bytes"]) == (2, None)
    assert estimate["basis"].startswith("2 jobs of yours with the same data set")
    assert "on a CPU" in estimate["basis"]


def test_jobs_that_reused_a_teacher_are_told_apart(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    took(api, http, tmp_path, 46.0, SPEC)
    took(api, http, tmp_path, 9.0, {**SPEC, "optimization": {"epochs": 5}}, source="reused")
    anew = {"source": {"kind": "train", "epochs": 10, "reuse": False}}

    estimate = validated(http, SPEC)["estimate"]
    trains = validated(http, {**SPEC, "teacher": anew})["estimate"]

    assert (estimate["seconds_low"], estimate["seconds_high"]) == (pytest.approx(18.0), pytest.approx(46.0))
    assert "1 trained their teacher (46.0 s), 1 reused one (18.0 s)" in estimate["basis"]
    assert (trains["seconds_low"], trains["sample_size"]) == (pytest.approx(46.0), 1)


def test_jobs_of_another_kind_say_nothing(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client, tmp_path: Path
) -> None:
    took(api, http, tmp_path, 100.0, {**SPEC, "student": {"architecture": "mobilenet_v2", "width": 0.5}})
    took(api, http, tmp_path, 100.0, {**SPEC, "optimization": {"epochs": 10, "batch_size": 64}})
    took(api, http, tmp_path, 100.0, {**SPEC, "optimization": {"epochs": 200}})
    took(api, http, tmp_path, 100.0, SPEC, device="cuda")
    took(api, stranger, tmp_path, 100.0, SPEC)
    submit(http, **SPEC)
    WorkerByHand(api, tmp_path).fail()

    assert validated(http, SPEC)["estimate"]["sample_size"] == 0


def test_the_same_job_is_named(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client, tmp_path: Path
) -> None:
    submit(stranger, **SPEC)
    assert validated(http, SPEC)["duplicate_of"] is None
    job_id = submit(http, name="first", tags=["a"], **SPEC)["id"]

    assert validated(http, {**SPEC, "priority": 90, "name": "again"})["duplicate_of"] == job_id
    assert validated(http, {**SPEC, "seed": 1})["duplicate_of"] is None
    http.post(f"/v1/jobs/{job_id}/cancel")
    assert validated(http, SPEC)["duplicate_of"] is None


def test_a_spec_that_is_not_valid_has_no_estimate(http: httpx2.Client) -> None:
    found = validated(http, {"student": {"width": 9}})

    assert (found["estimate"], found["duplicate_of"]) == (None, None)
