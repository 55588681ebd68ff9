"""Metrics of a job, summed up."""

from pathlib import Path

import httpx2

from tests.app.visiting import submit
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi


def test_each_metric_has_its_unit_and_its_best_value(
    api: LiveApi, http: httpx2.Client, tmp_path: Path
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}/metrics"
    worker = WorkerByHand(api, tmp_path)
    for epoch, (loss, accuracy) in enumerate([(2.0, 0.1), (1.0, 0.9), (1.5, 0.8)], start=1):
        worker.metrics(epoch, train_loss=loss, validation_accuracy=accuracy, train_learning_rate=0.1)

    found = {metric["name"]: metric for metric in http.get(path).json()["data"]}

    assert found["train/loss"] == {
        "name": "train/loss", "unit": "nats", "count": 3,
        "first": 2.0, "last": 1.5, "min": 1.0, "max": 2.0, "best": 1.0,
    }  # fmt: skip
    accuracy = found["validation/accuracy"]
    assert (accuracy["unit"], accuracy["best"], accuracy["last"]) == ("ratio", 0.9, 0.8)
    assert found["train/learning_rate"]["unit"] == ""


def test_a_job_that_waits_has_no_metric(http: httpx2.Client) -> None:
    assert http.get(f"/v1/jobs/{submit(http)['id']}/metrics").json() == {"data": []}
