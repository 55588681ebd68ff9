"""Whole runs that share a shelf: the second one asks its teacher nothing, and trains the same student."""

import pytest

from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import STEPS, tiny, tiny_data
from tests.worker.engine.resuming.interrupted import Keeper, Killed, end, resume
from worker.engine import distill
from worker.engine.cache.segments import Shelf

SPEC = tiny(teacher={"source": {"kind": "train", "epochs": 1}}, optimization={"augmentation": "crop"})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tiny_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def first(data, tmp_path_factory):
    """The shelf that the first run has left, its student and its metrics."""
    folder = tmp_path_factory.mktemp("first")
    distill(SPEC, folder / "out", data=data, reporter=Listener(), shelf=Shelf(folder / "shelf", 10**9))
    return folder / "shelf", end(folder / "out")


@pytest.fixture(scope="module")
def killed(data, tmp_path_factory):
    """What a run without a shelf has left that was killed in the second epoch of its student."""
    store = tmp_path_factory.mktemp("killed")
    keeper = Keeper(store, until=("distil", STEPS + 2))
    with pytest.raises(Killed):
        distill(SPEC, store / "out", data=data, reporter=keeper, checkpoint_seconds=0.0)
    return store


def hits(listener):
    name = "train/teacher_cache/hits"
    return [values[name] for *_, values in listener.all("metrics") if name in values]


def test_the_second_job_looks_everything_up_and_trains_the_same_student(first, data, tmp_path, monkeypatch):
    shelf, trained = first
    monkeypatch.setattr("worker.engine.cache.teacher.CachedTeacher._computed", None)  # to call it fails
    listener = Listener()

    report = distill(SPEC, tmp_path, data=data, reporter=listener, shelf=Shelf(shelf, 10**9))

    assert hits(listener) == [1.0, 1.0]
    assert end(tmp_path) == trained
    images = report["dataset"]["train_images"]
    assert report["teacher_cache"] == {"hits": 2 * images, "misses": 0}


@pytest.mark.parametrize("full", [True, False], ids=["with a full table", "with an empty one"])
def test_a_resumed_run_ends_as_the_one_that_nobody_disturbed(full, first, killed, data, tmp_path):
    shelf = Shelf(first[0] if full else tmp_path / "shelf", 10**9)

    resume(killed, data, tmp_path / "out", spec=SPEC, shelf=shelf)

    assert end(tmp_path / "out") == first[1]


@pytest.mark.slow
def test_a_live_teacher_trains_nearly_the_same_student(first, data, tmp_path):
    """Batches of other sizes round otherwise: a loss may differ by a few steps of half precision."""
    spec = tiny(
        teacher={"source": {"kind": "train", "epochs": 1}},
        optimization={"augmentation": "crop", "teacher_cache": "off"},
    )
    listener = Listener()

    report = distill(spec, tmp_path, data=data, reporter=listener)

    assert hits(listener) == []
    assert report["teacher_cache"] is None
    looked_up, live = (
        [float(value) for name, *_, value in metrics if name == "train/epoch_loss"]
        for metrics in (first[1][1], end(tmp_path)[1])
    )
    assert live == pytest.approx(looked_up, rel=1e-2)
