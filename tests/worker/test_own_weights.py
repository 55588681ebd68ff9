"""Jobs that start from weights, with the real trainer: a teacher trained once, or named, or fetched."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torchvision.models import mobilenet_v2

from core.files import Blob, FileStore
from core.lifecycle import FINISHED, JobState
from core.settings import Settings
from core.store import artifacts, events, logs, models
from core.store.library import Model
from core.store.session import Database
from core.store.tables import Job
from tests import databases
from tests.builders import ME, a_claim, a_job, stored
from tests.worker.test_pretrained import put
from worker import fetching, tasks
from worker.tasks import Context

WORKER = "wrk_a"
TEACHER, STUDENT = "teacher.safetensors", "student.safetensors"
SMALL = {"architecture": "mobilenet_v2", "width": 0.1, "stem": "imagenet"}
TRAIN = {"kind": "train", "epochs": 2}
STEP = 3  # of 4 in all; the teacher makes none
TINY: dict[str, Any] = {
    "dataset": {"name": "digits", "subset": {"per_class": 20}},
    "teacher": {**SMALL, "source": TRAIN},
    "student": SMALL,
    "optimization": {"epochs": 2, "batch_size": 64, "augmentation": "none"},
    "evaluation": {"latency_batches": []},
}


class Service:
    """A worker with the real trainer, and what it leaves."""

    def __init__(self, here: Context) -> None:
        self.here = here

    def run(self, **changes: Any) -> Job:
        """The job once it has ended, after as many attempts as it takes."""
        job_id = a_job(self.here.database, **(TINY | changes))
        while (job := stored(self.here.database, job_id)).state not in FINISHED:
            if (attempt := a_claim(self.here.database)) is not None:
                tasks.run(self.here, attempt, WORKER)
            else:  # it waits a while after a failure
                time.sleep(0.1)
        return job

    def succeeds(self, **changes: Any) -> Job:
        job = self.run(**changes)
        assert job.state == JobState.SUCCEEDED, job.error
        return job

    def digest(self, job: Job, name: str) -> str:
        with self.here.database.reading() as session:
            return artifacts.get(session, job.id, name).digest

    def file(self, job: Job, name: str) -> Path:
        return self.here.files.path(self.digest(job, name))

    def report(self, job: Job) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.file(job, "report.json").read_bytes())
        return report

    def told(self, job: Job, kind: str) -> list[dict[str, Any]]:
        with self.here.database.reading() as session:
            return [event.data for event in events.after(session, job.id, 0) if event.kind == kind]

    def log(self, job: Job) -> str:
        with self.here.database.reading() as session:
            return "\n".join(line.text for line in logs.tail(session, job.id, 500))

    def models(self) -> list[Model]:
        with self.here.database.reading() as session:
            return models.page(session, ME, limit=9).models


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Service]:
    """One for all tests: what is asked of the store is tested elsewhere, and training takes its time."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, trainer="worker.engine", checkpoint_seconds=1e-3)
    with databases.sqlite(home, migrated_sqlite) as url:
        database = Database(url)
        yield Service(Context(settings, database, FileStore(settings.files)))
        database.close()


@pytest.fixture(scope="module")
def first(service: Service) -> Job:
    """A job that has trained its own teacher."""
    return service.succeeds()


@pytest.fixture(scope="module")
def model(service: Service, first: Job) -> Model:
    """That teacher, as it is kept for others."""
    (found,) = service.models()
    return found


@pytest.fixture(scope="module")
def second(service: Service, model: Model) -> Job:
    """A later job of the same recipe."""
    return service.succeeds(seed=1, method="hard_targets")


def test_a_teacher_is_trained_once_for_all_jobs_of_its_recipe(
    service: Service, first: Job, model: Model, second: Job
) -> None:
    assert (model.job_id, model.digest) == (first.id, service.digest(first, TEACHER))
    assert service.digest(second, TEACHER) == service.digest(first, TEACHER)
    assert service.digest(second, STUDENT) != service.digest(first, STUDENT)
    assert "teacher/train" not in service.file(second, "metrics.csv").read_text()


def test_a_job_says_that_it_has_reused_a_teacher(
    service: Service, first: Job, model: Model, second: Job
) -> None:
    assert service.told(first, "teacher_reused") == []
    assert service.told(second, "teacher_reused") == [{"model": model.id, "job": first.id}]
    words = f"the teacher is not trained: it is {model.id}, which {first.id} has trained"
    assert words in service.log(second)
    before, after = (service.report(job)["teacher"] for job in (first, second))
    whence = {"kind": "reused", "model": model.id, "job": first.id, "sha256": model.digest}
    assert (before["source"], after["source"]) == ({"kind": "train"}, whence)
    assert after["test"] == before["test"]


def test_who_wants_a_teacher_of_its_own_trains_it(service: Service, first: Job, model: Model) -> None:
    job = service.succeeds(teacher={**SMALL, "source": {**TRAIN, "reuse": False}})

    assert service.told(job, "teacher_reused") == []
    assert service.report(job)["teacher"]["source"] == {"kind": "train"}
    assert service.digest(job, TEACHER) == service.digest(first, TEACHER)
    assert [kept.id for kept in service.models()] == [model.id]


@pytest.mark.parametrize("source", ["reused", "model", "job"])
def test_a_job_with_a_given_teacher_that_is_killed_goes_on_as_if_nothing_had_been(
    source: str, service: Service, first: Job, model: Model, second: Job
) -> None:
    wanted = {"reused": TRAIN, "model": model.id, "job": first.id}[source]
    fault = f"trainer.step:{STEP}:kill"
    home = service.here.settings.home / source
    home.mkdir()
    armed = Settings(home=home, trainer="worker.engine", checkpoint_seconds=1e-3, fault=fault)

    killed = Service(replace(service.here, settings=armed)).succeeds(
        seed=1, method="hard_targets", teacher={**SMALL, "source": wanted}
    )

    assert (second.attempt, killed.attempt) == (1, 2)
    for name in (TEACHER, STUDENT):
        assert service.digest(killed, name) == service.digest(second, name)
    assert service.report(killed)["teacher"]["source"]["kind"] == source
    assert len(service.told(killed, "teacher_reused")) == (source == "reused")


def test_a_teacher_whose_file_is_damaged_is_trained_anew_which_is_told(
    service: Service, first: Job, model: Model
) -> None:
    service.file(first, TEACHER).write_bytes(b"bit rot")

    job = service.succeeds(seed=2)

    (told,) = service.told(job, "teacher_not_reused")
    assert "damaged" in told.pop("detail")
    assert told == {"model": model.id, "job": first.id}
    assert service.report(job)["teacher"]["epochs"] == 2
    assert service.digest(job, TEACHER) == model.digest  # on a CPU: so that the stored copy is sound again


def test_a_student_starts_from_a_model(service: Service, model: Model) -> None:
    job = service.succeeds(student={**SMALL, "source": model.id})

    assert service.report(job)["student"]["source"]["model"] == model.id


def test_what_was_deleted_meanwhile_fails_the_job_with_a_hint(service: Service) -> None:
    gone = "model_01M7ZQEM9ZS08WD84ZQSJRHJFV"

    job = service.run(teacher={**SMALL, "source": gone})

    assert (job.state, job.attempt) == (JobState.FAILED, 1)
    assert job.error is not None
    assert job.error["code"] == "weights_unavailable"
    assert gone in job.error["detail"]
    assert "deleted" in job.error["hint"]


def test_other_classes_than_those_of_the_data_fail_it_before_training(service: Service, model: Model) -> None:
    blob = Blob(model.digest, model.bytes)
    with service.here.database.writing() as session:
        other = models.register_trained(
            session, owner=ME, job_id=model.job_id or "", recipe="another", name="other", **SMALL,
            classes=[f"other {name}" for name in range(10)], image_size=32, blob=blob,
        ).id  # fmt: skip

    job = service.run(teacher={**SMALL, "source": other})

    assert job.error is not None
    assert (job.error["code"], job.error["phase"]) == ("class_mismatch", "load_data")
    assert "class 0 is 'other 0', in the data '0'" in job.error["detail"]


def test_pretrained_weights_are_fetched_once_and_kept(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    weights = mobilenet_v2().state_dict()
    put(mirror, weights)
    monkeypatch.setattr(fetching, "FETCHER", "tests.worker.near_fetch")
    monkeypatch.setenv("DISTILLERY_WEIGHTS_URL", f"file://{mirror}")
    whole = {"architecture": "mobilenet_v2", "stem": "imagenet", "source": "pretrained"}
    asked = {"student": whole, "optimization": {**TINY["optimization"], "epochs": 1, "learning_rate": 1e-9}}

    first = service.succeeds(**asked)
    monkeypatch.setattr(fetching, "FETCHER", "no.such.module")
    second = service.succeeds(**asked)

    student = load_file(service.file(first, STUDENT))
    assert torch.allclose(student["features.0.0.weight"], weights["features.0.0.weight"], atol=1e-6)
    assert student["classifier.1.weight"].shape[0] == 10  # of the digits, not of ImageNet
    whence = service.report(second)["student"]["source"]
    assert (whence["kind"], whence["weights"]) == ("pretrained", "IMAGENET1K_V2")
    assert service.digest(second, STUDENT) == service.digest(first, STUDENT)


def test_without_a_network_pretrained_weights_are_unavailable(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_WEIGHTS_URL", "http://127.0.0.1:9/models")

    job = service.run(teacher={"architecture": "resnet18", "source": "pretrained"})

    assert job.error is not None
    assert job.error["code"] == "weights_unavailable"
    assert "can't be downloaded" in job.error["detail"]
    assert "DISTILLERY_WEIGHTS_URL" in job.error["hint"]
