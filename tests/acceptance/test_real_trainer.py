"""The whole service with the real trainer: torch, real scans, a student that works elsewhere."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_service import LocalService, local_service
from tests.polling import eventually

ROOT = Path(__file__).parents[2]

QUICK: dict[str, Any] = {
    "dataset": "digits",
    "teacher": {"architecture": "resnet18", "stem": "imagenet", "source": {"kind": "train", "epochs": 2}},
    "student": {"architecture": "mobilenet_v2", "stem": "imagenet"},
    "regularizers": ["l2", {"kind": "weight_clipping", "max_abs": 0.5}],
    "optimization": {"epochs": 2, "batch_size": 128, "augmentation": "crop"},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    home = tmp_path_factory.mktemp("service") / "home"
    with local_service(home, DISTILLERY_TRAINER="worker.engine", HTTPS_PROXY="http://127.0.0.1:9") as running:
        yield running


@pytest.mark.timeout(600)
def test_resnet18_is_distilled_into_a_mobilenet_v2_that_torchvision_loads(
    service: LocalService, tmp_path: Path
) -> None:
    job_id = service.submit(**QUICK)

    job = service.wait_for(job_id, "succeeded", "failed", seconds=300)

    assert job["state"] == "succeeded", job["error"]
    assert job["phase"] is None
    log = service.http.get(f"/v1/jobs/{job_id}/logs", headers={"Accept": "text/plain"}).text
    assert "distil" in log
    assert "epoch 2" in log
    names = {row["name"] for row in service.http.get(f"/v1/jobs/{job_id}/artifacts").json()["data"]}
    always = {"student.safetensors", "student.pt", "teacher.safetensors", "spec.json", "metrics.csv"}
    assert names == always | {"report.json", "report.html", "model_card.md"}
    student = tmp_path / "student.safetensors"
    student.write_bytes(service.http.get(f"/v1/jobs/{job_id}/checkpoint").content)
    report = service.http.get(f"/v1/jobs/{job_id}/artifacts/report.json").json()
    assert report["origins"] == job["origins"]
    assert job["origins"]["/optimization/learning_rate"] != "given"
    checked = verified(student)
    assert checked["accuracy"] == report["student"]["test"]["accuracy"] == job["summary"]["student_accuracy"]
    assert checked["largest_weight"] <= 0.5


@pytest.mark.timeout(600)
def test_a_table_of_ones_own_becomes_a_student_that_predicts_elsewhere(
    service: LocalService, tmp_path: Path
) -> None:
    table = tmp_path / "houses.csv"
    table.write_text("area,rooms,price\n" + "".join(f"{n},{n % 5},{3 * n + n % 5}\n" for n in range(60)))
    sent = service.http.post("/v1/datasets", files={"file": ("houses.csv", table.read_bytes())}).json()
    eventually(lambda: service.http.get(sent["links"]["self"]).json()["state"] == "ready", 60.0)

    job_id = service.submit(
        task="tabular-regression", dataset={"id": sent["id"], "target": "price"}, student="linear",
        teacher={"architecture": "mlp", "source": {"kind": "train", "epochs": 3}}, method="logit_mse",
        optimization={"epochs": 3, "batch_size": 8},
    )  # fmt: skip
    job = service.wait_for(job_id, "succeeded", "failed", seconds=300)

    assert job["state"] == "succeeded", job["error"]
    student = tmp_path / "student.safetensors"
    student.write_bytes(service.http.get(f"/v1/jobs/{job_id}/checkpoint").content)
    script = ROOT / "examples" / "verify_tabular.py"
    done = subprocess.run(
        [sys.executable, script, student, table], capture_output=True, text=True, check=True
    )
    assert float(done.stdout.split()[1]) == pytest.approx(job["summary"]["student_mse"], rel=1e-6)


def test_the_spec_of_a_job_can_be_posted_again_as_it_came(service: LocalService) -> None:
    job_id = service.submit(name="first", **QUICK)
    resolved = service.job(job_id)["resolved_spec"]

    again = service.submit(**resolved)

    assert service.job(again)["resolved_spec"] == resolved
    for each in (job_id, again):
        service.http.post(f"/v1/jobs/{each}/cancel")
        service.wait_for(each, "cancelled")


@pytest.mark.timeout(600)
def test_a_data_set_that_cannot_be_fetched_fails_the_job_with_a_hint(service: LocalService) -> None:
    job_id = service.submit(dataset="cifar10")

    job = service.wait_for(job_id, "failed", seconds=120)

    assert job["attempt"] == 1
    assert job["error"]["code"] == "dataset_unavailable"
    assert "digits" in job["error"]["hint"]


def verified(student: Path) -> dict[str, float]:
    script = ROOT / "examples" / "verify_student.py"
    done = subprocess.run([sys.executable, script, student], capture_output=True, text=True, check=True)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    return {"accuracy": float(said["accuracy"]), "largest_weight": float(said["largest_weight"])}
