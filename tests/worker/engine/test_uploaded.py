"""A job on a data set of somebody's own, of which the engine knows nothing but the file."""

import pytest

from core.errors import DatasetUnavailable, InvalidJob
from tests.worker.engine.builders import CLASSES, Listener, a_job, a_split
from worker.engine import distill, registry
from worker.fetch import Labelled, pack

ID = "ds_01M7ZQEM9ZS08WD84ZQSJRHJFV"
SMALL = {"batch_size": 8, "augmentation": "none"}


@pytest.fixture
def data(tmp_path):
    """A folder with an uploaded set of 32 × 32 pixels, 10 images a class to train on."""
    train, test = (a_split(images, side=32) for images in (40, 12))
    folder = tmp_path / "data"
    folder.mkdir()
    pack(
        *(Labelled(split.images.numpy(), split.labels.tolist()) for split in (train, test)),
        [f"corner {label}" for label in range(CLASSES)],
        folder / f"{ID}.safetensors",
    )
    return folder


def run(data, tmp_path, dataset, **optimization):
    spec = a_job(dataset=dataset, optimization={**SMALL, **optimization})
    return distill(spec, tmp_path / "out", data=data, reporter=Listener())


def test_it_is_trained_on_and_reported(data, tmp_path):
    (data / f"{ID}.title").write_text("my <corners>")
    report = run(data, tmp_path, {"id": ID, "subset": {"per_class": 6}})

    assert (report["dataset"]["name"], report["dataset"]["title"]) == (ID, "my <corners>")
    assert "on my \\<corners\\>" in (tmp_path / "out" / "model_card.md").read_text()
    assert "on my &lt;corners&gt;" in (tmp_path / "out" / "report.html").read_text()
    assert report["dataset"]["class_names"] == ["corner 0", "corner 1", "corner 2", "corner 3"]
    assert (report["dataset"]["train_images"], report["dataset"]["validation_images"]) == (12, 12)
    assert report["dataset"]["test_images"] == 12
    assert report["spec"]["dataset"]["image_size"] == 32
    assert report["origins"]["/dataset/image_size"] == "rule: as the data set was packed"


def test_what_does_not_fit_it_is_found_before_training(data, tmp_path):
    with pytest.raises(InvalidJob, match="must be at most the 20 images"):
        run(data, tmp_path, ID, batch_size=21)


def test_another_size_than_it_was_packed_at_is_refused(data, tmp_path):
    with pytest.raises(InvalidJob, match="is packed at 32 px, asked for are 64"):
        run(data, tmp_path, {"id": ID, "image_size": 64})


def test_one_that_is_not_there_is_unavailable(tmp_path):
    with pytest.raises(DatasetUnavailable, match="is not on this machine"):
        run(tmp_path, tmp_path, ID)


def test_of_a_set_known_by_name_nothing_need_be_read():
    assert registry.facts(a_job().dataset, None) is None
