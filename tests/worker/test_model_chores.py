"""Light work on models: weights are read and measured by processes of their own."""

from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load

from core.files import FileStore
from core.settings import Settings
from core.store import chores, models
from core.store.library import Chore, Model
from core.store.models import Told
from core.store.session import Database
from tests.worker.chores import LightWorker
from tests.worker.weights.files import CLASSES, a_file, weights
from worker.chores import reading
from worker.holding import Holding
from worker.retry import MAX_FAILURES

# The programs know nothing of databases, and each takes seconds to load what it needs.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DIGITS = [str(digit) for digit in range(10)]


@pytest.fixture
def worker(database: Database, files: FileStore, settings: Settings, tmp_path: Path) -> LightWorker:
    return LightWorker(database, files, settings, Holding(tmp_path / "drain", 30.0))


def sent(worker: LightWorker, folder: Path, content: bytes, **told: Any) -> str:
    """The id of a model that waits to be read."""
    (folder / "sent").write_bytes(content)
    blob = worker.files.put(folder / "sent")
    with worker.database.writing() as session:
        return models.add_upload(session, "me", "mine", blob, Told(**told)).id


def found(worker: LightWorker, model_id: str) -> Model:
    with worker.database.reading() as session:
        return models.get(session, model_id, None)


def measured(worker: LightWorker, model_id: str, dataset: str) -> Any:
    with worker.database.writing() as session:
        models.measure(session, models.get(session, model_id, None), dataset)
    worker.work()
    return (found(worker, model_id).measured or {})[dataset]


def is_left(worker: LightWorker) -> bool:
    return worker.settings.work.exists() and any(worker.settings.work.iterdir())


def test_sound_weights_become_a_model_of_what_they_say(worker: LightWorker, tmp_path: Path) -> None:
    content = a_file()
    model_id = sent(worker, tmp_path, content)

    worker.work()

    model = found(worker, model_id)
    assert (model.state, model.error, model.bytes) == ("ready", None, len(content))
    assert (model.architecture, model.width, model.stem) == ("mobilenet_v2", 0.25, "small")
    assert model.classes == CLASSES
    assert model.facts is not None
    assert (model.facts["classes"], model.facts["converted"], model.facts["assumed"]) == (3, False, [])
    assert worker.files.path(model.digest).read_bytes() == content
    assert not is_left(worker)


def test_what_was_said_beside_the_file_counts(worker: LightWorker, tmp_path: Path) -> None:
    content = a_file(metadata={})
    told = {"architecture": "mobilenet_v2", "width": 0.25, "stem": "imagenet", "classes": ["x", "y", "z"]}
    model_id = sent(worker, tmp_path, content, **told)

    worker.work()

    model = found(worker, model_id)
    assert (model.state, model.stem, model.classes) == ("ready", "imagenet", ["x", "y", "z"])
    assert model.facts is not None
    assert model.facts["assumed"] == []


def test_weights_in_half_precision_are_kept_as_jobs_read_them(worker: LightWorker, tmp_path: Path) -> None:
    half = {name: v.half() if v.is_floating_point() else v for name, v in weights().items()}
    model_id = sent(worker, tmp_path, a_file(half))
    before = found(worker, model_id).digest

    worker.work()

    model = found(worker, model_id)
    kept = load(worker.files.path(model.digest).read_bytes())
    assert model.digest != before
    assert model.bytes == worker.files.path(model.digest).stat().st_size
    assert {str(value.dtype) for value in kept.values()} == {"torch.float32", "torch.int64"}


def test_refused_weights_say_what_differs(worker: LightWorker, tmp_path: Path) -> None:
    lacking = {name: value for name, value in weights().items() if name != "classifier.1.bias"}
    model_id = sent(worker, tmp_path, a_file(lacking))

    chore = worker.work()

    model = found(worker, model_id)
    assert model.state == "refused"
    assert model.error is not None
    assert model.error["code"] == "model_refused"
    assert model.error["keys"]["missing"] == {"count": 1, "first": ["classifier.1.bias"]}
    with worker.database.reading() as session:
        done = session.get(Chore, chore.id)
    assert done is not None
    assert done.state == chores.DONE  # there is nothing to try again
    assert not is_left(worker)


def test_a_reader_that_dies_each_time_is_tried_a_few_times(
    worker: LightWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READER", "tests.worker.no_such_program")
    monkeypatch.setattr("worker.chores.doing.delay", lambda _failures: 0.0)
    model_id = sent(worker, tmp_path, a_file())

    for _ in range(MAX_FAILURES):
        worker.work()

    error = found(worker, model_id).error
    assert error is not None
    assert (error["code"], found(worker, model_id).state) == ("internal", "refused")


def test_an_accuracy_is_measured_on_request(worker: LightWorker, tmp_path: Path) -> None:
    ten = {name: value for name, value in weights().items() if not name.startswith("classifier")}
    ten |= {"classifier.1.weight": weights()["classifier.1.weight"].repeat(4, 1)[:10].contiguous()}
    ten |= {"classifier.1.bias": weights()["classifier.1.bias"].repeat(4)[:10].contiguous()}
    model_id = sent(worker, tmp_path, a_file(ten, {}), width=0.25, classes=DIGITS)
    worker.work()

    known = measured(worker, model_id, "digits")

    assert known["state"] == "measured", known
    assert 0 <= known["interval"][0] <= known["accuracy"] <= known["interval"][1] <= 1
    assert (known["images"], known["image_size"], known["split"]) == (359, 32, "cut")
    assert (known["classes_by"], known["normalized_by"]) == ("name", "dataset")
    assert not is_left(worker)


def test_what_can_t_be_measured_says_why(worker: LightWorker, tmp_path: Path) -> None:
    model_id = sent(worker, tmp_path, a_file())
    worker.work()

    other = measured(worker, model_id, "digits")
    missing = measured(worker, model_id, "cifar10")

    assert (other["state"], other["error"]["code"]) == ("failed", "model_refused")
    assert "3 classes apart, and the data set has 10" in other["error"]["detail"]
    assert (missing["state"], missing["error"]["code"]) == ("failed", "dataset_unavailable")


def test_a_model_is_measured_on_a_set_of_your_own(worker: LightWorker, tmp_path: Path) -> None:
    dataset_id = worker.a_small_set(tmp_path)
    worker.work()
    two = {name: value for name, value in weights().items() if not name.startswith("classifier")}
    two |= {"classifier.1.weight": weights()["classifier.1.weight"][:2].contiguous()}
    two |= {"classifier.1.bias": weights()["classifier.1.bias"][:2].contiguous()}
    model_id = sent(worker, tmp_path, a_file(two, {}), width=0.25, classes=["dog", "cat"])
    worker.work()

    known = measured(worker, model_id, dataset_id)

    assert (known["state"], known["images"], known["split"]) == ("measured", 8, "test")
    assert known["classes_by"] == "name"
