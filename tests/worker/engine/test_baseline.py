"""The student alone: the run without a teacher, told beside the one with it."""

import shutil

import pytest
import torch

from core.errors import Cancelled
from core.spec.likeness import epochs
from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import STEPS, tiny, tiny_data
from tests.worker.engine.resuming.interrupted import Killed, end
from worker.engine import distill
from worker.engine.measures.intervals import mcnemar, paired

ASKED = {"latency_batches": [], "baseline": True}
REGULARIZED = [{"kind": "l2", "strength": 1e-3}, {"kind": "dropout"}]
SPEC = tiny(evaluation=ASKED, regularizers=REGULARIZED)


class Stopping(Listener):
    """Asks for the end of training once a phase has begun."""

    def stop_requested(self):
        return ("phase", "baseline") in self.heard


class Keeper(Listener):
    """Keeps the newest checkpoint of each kind; dies once it has that of a step of the baseline."""

    def __init__(self, store, step):
        super().__init__()
        self.store, self.step = store, step

    def checkpoint(self, saved):
        kept = shutil.move(saved.path, self.store / saved.kind)
        if saved.kind != "training":
            return
        content = torch.load(kept, weights_only=True)
        if content["phase"] == "baseline":
            training = content["training"]["training"]
            if (training["trainer"]["steps"] if training else 0) == self.step:
                raise Killed


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tiny_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """An undisturbed run: its folder, what it told, its report."""
    out, listener = tmp_path_factory.mktemp("whole"), Listener()
    return out, listener, distill(SPEC, out, data=data, reporter=listener)


def test_it_is_the_student_of_the_run_without_any_term(whole, data, tmp_path):
    _, _, report = whole
    alone = tiny(method={"label_weight": 1.0, "terms": []}, regularizers=REGULARIZED)

    other = distill(alone, tmp_path, data=data, reporter=Listener())

    assert report["baseline"]["test"] == other["student"]["test"]
    assert report["baseline"]["epochs"] == other["student"]["epochs"]


def test_whoever_the_teacher_is_it_is_the_same(data, tmp_path):
    guided = {"kind": "guided", "source": "teacher_prototypes", "strength": 0.1}
    told = []
    for length in (1, 2):  # of the teacher's training, in epochs
        listener, taught = Listener(), {"source": {"kind": "train", "epochs": length}}
        spec = tiny(teacher=taught, evaluation=ASKED, regularizers=["l2", guided])
        report = distill(spec, tmp_path / str(length), data=data, reporter=listener)
        values = [
            (name, value)
            for *_, values in listener.all("metrics")
            for name, value in values.items()
            if name.startswith("baseline/")
        ]
        told.append((values, report["baseline"]["test"], report["student"]["test"]))

    (first, alone, student), (second, again, other) = told
    assert (first, alone) == (second, again)
    assert student != other


def test_it_leaves_the_student_as_it_is(whole, data, tmp_path):
    out, _, report = whole

    without = distill(tiny(regularizers=REGULARIZED), tmp_path, data=data, reporter=Listener())

    assert (out / "student.safetensors").read_bytes() == (tmp_path / "student.safetensors").read_bytes()
    assert without["student"]["test"] == report["student"]["test"]
    assert (without["baseline"], without["student_against_baseline"]) == (None, None)


def test_what_the_teacher_was_worth_is_told_with_its_interval(whole):
    _, _, report = whole
    gain = report["student_against_baseline"]
    images = report["dataset"]["test_images"]

    change = report["student"]["test"]["accuracy"] - report["baseline"]["test"]["accuracy"]
    assert gain["accuracy_change"] == pytest.approx(change)
    assert tuple(gain["accuracy_change_interval"]) == paired(gain["gained"], gain["lost"], images)
    assert gain["p_value"] == mcnemar(gain["gained"], gain["lost"])


def test_it_is_a_phase_with_metrics_of_its_own(whole):
    _, listener, report = whole
    names = {name for _, _, _, values in listener.all("metrics") for name in values}

    assert listener.all("phase")[2:4] == ["distil", "baseline"]
    assert report["seconds"]["baseline"] > 0
    assert {name for name in names if name.startswith("baseline/")} == {
        "baseline/train/loss", "baseline/train/epoch_loss", "baseline/accuracy", "baseline/loss",
        "baseline/test/accuracy",
    }  # fmt: skip
    fractions = [one.fraction for one in listener.all("progress")]
    assert fractions == sorted(fractions)


@pytest.mark.parametrize("step", [0, STEPS + 1])
def test_killed_while_it_trains_the_run_ends_as_if_nothing_had_happened(step, whole, data, tmp_path):
    straight, _, report = whole
    with pytest.raises(Killed):
        distill(SPEC, tmp_path / "out", data=data, reporter=Keeper(tmp_path, step), checkpoint_seconds=0.0)

    resumed = distill(
        SPEC, tmp_path / "out", data=data, reporter=Listener(),
        resume=tmp_path / "training", teacher=tmp_path / "teacher",
    )  # fmt: skip

    assert end(tmp_path / "out") == end(straight)
    assert resumed["baseline"]["test"] == report["baseline"]["test"]


def test_who_stops_it_has_the_student_and_no_baseline(data, tmp_path):
    listener = Stopping()

    report = distill(SPEC, tmp_path, data=data, reporter=listener)

    assert (report["baseline"], report["student_against_baseline"]) == (None, None)
    assert ("warning", "there is no baseline: its training was ended") in listener.all("log")
    assert listener.all("result")


def test_who_cancels_it_keeps_the_student(data, tmp_path):
    with pytest.raises(Cancelled):
        distill(SPEC, tmp_path, data=data, reporter=Listener(cancel_at="baseline"))

    assert (tmp_path / "student.safetensors").exists()


def test_an_estimate_counts_its_epochs():
    resolved, without = (
        tiny(evaluation={"baseline": asked}).model_dump(mode="json") for asked in (True, False)
    )

    assert epochs(resolved) - epochs(without) == resolved["optimization"]["epochs"]


def test_the_target_of_a_loss_does_not_end_it_whose_loss_is_another_one(data, tmp_path):
    stopping = {"target_loss": 1e5}
    report = distill(tiny(evaluation=ASKED, stopping=stopping), tmp_path, data=data, reporter=Listener())

    assert (report["student"]["epochs"], report["student"]["stopped"] is None) == (1, False)
    assert report["baseline"]["stopped"] is None
    alone = report["baseline"]["epochs"]
    assert alone > 1
    page = (tmp_path / "report.html").read_text()
    assert f"Alone, with the same recipe, but over {alone} epochs instead of 1, the student" in page
