"""A service with some of everything, and its description with the ids of these: so that what is made up
meets something.
"""

import json
from pathlib import Path
from typing import Any

import httpx2

from core.files import Blob
from core.store import datasets, keys, models
from core.store.datasets import Wanted
from core.store.models import Told
from tests.app.visiting import submit
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi

FILES = ["student.safetensors", "student.pt", "teacher.safetensors", "report.json"]
REPORT = {
    "summary": {"compression": 5.0},
    "student": {"test": {"accuracy": 0.9, "interval": [0.89, 0.91], "nll": 0.5}, "parameters": 1000},
    "hardware": {"device": "cpu", "cpu": "a CPU"},
}
FACTS = {"classes": 3, "image_size": 32, "train_images": 400, "test_images": 90}

Ids = dict[str, list[str]]


def furnish(api: LiveApi, http: httpx2.Client, folder: Path) -> tuple[Ids, Ids]:
    """Values of the parameters of paths, by their name: of things that stay, and of those that may go."""
    made = {
        "job_id": _jobs(api, http, folder), "dataset_id": _datasets(api), "model_id": _models(api),
        "key_id": _keys(api),
    }  # fmt: skip
    stay = {name: found[::2] for name, found in made.items()}
    return stay | {"name": FILES}, {name: found[1::2] for name, found in made.items()}


def described(document: dict[str, Any], stay: Ids, go: Ids) -> dict[str, Any]:
    """The document, as if there were these ids only: any other is one that nobody should send."""
    for methods in document["paths"].values():
        for method, operation in methods.items():
            ids = go if method == "delete" else stay
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"] in ids:
                    parameter["schema"]["enum"] = ids[parameter["name"]]
    jobs = stay["job_id"]
    compared = document["paths"]["/v1/compare"]["get"]["parameters"][0]["schema"]
    compared["enum"] = [[",".join(jobs[:2])], jobs[:2], jobs]
    asked = document["components"]["schemas"]["SeriesQuestion"]["properties"]
    asked["jobs"]["items"]["enum"] = jobs
    return document


def _jobs(api: LiveApi, http: httpx2.Client, folder: Path) -> list[str]:
    """Four that succeeded, two that failed, two that run, and two that wait."""
    jobs: list[str] = [submit(http, name=f"job {number}", tags=["here"])["id"] for number in range(10)]
    for _ in range(4):
        worker = _at_work(api, folder)
        for name in FILES:
            worker.artifact(name, json.dumps(REPORT).encode())
        worker.succeed()
    for _ in range(2):
        _at_work(api, folder).fail()
    for _ in range(2):
        _at_work(api, folder)
    return jobs


def _at_work(api: LiveApi, folder: Path) -> WorkerByHand:
    worker = WorkerByHand(api, folder)
    worker.phase("distil")
    worker.progress(1, 2)
    for epoch in range(1, 4):
        worker.metrics(epoch, validation_accuracy=epoch / 10, train_loss=1 / epoch)
    worker.say("one line", "another")
    return worker


def _datasets(api: LiveApi) -> list[str]:
    """Two that are ready, two that are being packed."""
    with api.database.writing() as session:
        found = [datasets.add_upload(session, "local", "pets", _blob(), Wanted()).id for _ in range(4)]
        for ready in found[:2]:
            datasets.became_ready(session, ready, FACTS, {})
    return found


def _models(api: LiveApi) -> list[str]:
    """Two that are ready, two that are being read."""
    with api.database.writing() as session:
        read = [
            models.register_trained(
                session, owner="local", job_id="", recipe=recipe, name="teacher", architecture="resnet18",
                width=1.0, stem="small", classes=[str(digit) for digit in range(10)], image_size=32,
                blob=_blob(),
            ).id
            for recipe in ("one", "other")
        ]  # fmt: skip
        return read + [models.add_upload(session, "local", "mine", _blob(), Told()).id for _ in range(2)]


def _keys(api: LiveApi) -> list[str]:
    with api.database.writing() as session:
        return [keys.issue(session, "spare", "someone", ["read"], None)[0].id for _ in range(2)]


def _blob() -> Blob:
    return Blob("a" * 64, 10)
