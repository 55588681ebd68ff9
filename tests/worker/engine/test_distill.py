"""A whole run on real scans, in this process: what it tells, and how it ends."""

import csv
import importlib
from functools import partial

import pytest

from app import answers
from core.errors import Cancelled, DatasetUnavailable, Diverged, InvalidJob
from core.spec import JobSpec
from tests.polling import eventually
from tests.worker.engine.builders import WHOLE, Listener, Run, a_job
from worker.engine import distill, narrator

distilling = importlib.import_module("worker.engine.distill")  # whose name the package gives to its function
SHORT = a_job()


def test_phases_come_in_their_order(run):
    phases = ["load_data", "teacher", "distil", "evaluate", "export", "report"]

    assert run.listener.all("phase") == phases
    assert list(run.report["seconds"]) == [*phases, "total"]


def test_the_report_has_the_fields_that_the_api_shows(run):
    told = run.json("report.json")
    shown = answers.shown()["get_report", 200]

    assert told.keys() == shown.keys()
    for name in ("summary", "dataset", "teacher", "student", "student_against_teacher", "hardware"):
        assert told[name].keys() == shown[name].keys(), name
    for role in ("teacher", "student"):
        assert told[role]["test"].keys() == shown[role]["test"].keys()
        assert told[role]["latency"][0].keys() == shown[role]["latency"][0].keys()
        assert told[role]["test"]["reliability"][0].keys() == shown[role]["test"]["reliability"][0].keys()
    assert told["classes"][0].keys() == shown["classes"][0].keys()
    assert list(told["seconds"]) == list(shown["seconds"])


def test_metric_names_are_those_that_were_agreed(run):
    told = [(name, step) for step, _, _, values in run.listener.all("metrics") for name in values]

    assert len(told) == len(set(told))
    assert {name for name, _ in told} == {
        "teacher/train/loss",
        "teacher/train/epoch_loss",
        "teacher/accuracy",
        "teacher/test/accuracy",
        "train/loss",
        "train/epoch_loss",
        "train/term/label",
        "train/term/soft_targets",
        "train/term/l2",
        "train/term/l1",
        "train/learning_rate",
        "train/teacher_cache/hits",
        "validation/accuracy",
        "validation/loss",
        "test/accuracy",
    }


def test_the_csv_holds_the_metrics_that_were_told(run):
    with (run.out / "metrics.csv").open() as file:
        rows = [(row["name"], int(row["step"]), float(row["value"])) for row in csv.DictReader(file)]

    assert rows == [
        (name, step, value)
        for step, _, _, values in run.listener.all("metrics")
        for name, value in values.items()
    ]


def test_the_progress_runs_from_0_to_1(run):
    fractions = [one.fraction for one in run.listener.all("progress")]

    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_life_is_shown_while_what_follows_training_takes_long(tmp_path, monkeypatch):
    monkeypatch.setattr(narrator, "SHOWN_EVERY_SECONDS", 0.01)
    listener, slow = Listener(), []

    def after_a_sign_of_life(done, *given):
        told = len(listener.all("progress"))
        eventually(lambda: len(listener.all("progress")) > told + 1)
        slow.append(listener.all("phase")[-1])
        return done(*given)

    for name in ("predict", "latencies"):
        monkeypatch.setattr(distilling, name, partial(after_a_sign_of_life, getattr(distilling, name)))

    distill(SHORT, tmp_path, reporter=listener)

    assert slow == ["evaluate"] * 2 + ["report"]


def test_the_result_is_the_reports_summary(run):
    (summary,) = run.listener.all("result")

    assert summary == run.report["summary"] == run.json("report.json")["summary"]
    assert summary["student_accuracy"] == run.report["student"]["test"]["accuracy"]
    assert summary["compression"] == run.report["teacher"]["parameters"] / run.report["student"]["parameters"]
    times = [run.report[role]["latency"][0]["p50_seconds"] for role in ("teacher", "student")]
    assert summary["speedup"] == times[0] / times[1]


def test_the_same_seed_gives_the_same_bytes(run, tmp_path):
    again = Run(tmp_path)

    for name in ("student.safetensors", "student.pt", "teacher.safetensors", "spec.json"):
        assert again.sha256(name) == run.sha256(name)
    assert again.report["student"]["test"] == run.report["student"]["test"]


def test_another_seed_gives_another_student_of_the_same_teacher(run, tmp_path):
    other = Run(tmp_path, WHOLE.model_copy(update={"seed": 1}))

    assert other.sha256("teacher.safetensors") == run.sha256("teacher.safetensors")
    assert other.sha256("student.safetensors") != run.sha256("student.safetensors")
    assert other.report["dataset"] == run.report["dataset"]


@pytest.mark.parametrize("phase", ["load_data", "teacher", "distil", "export"])
def test_a_run_can_be_cancelled_in_every_phase(phase, tmp_path):
    listener = Listener(cancel_at=phase)

    with pytest.raises(Cancelled):
        distill(SHORT, tmp_path, reporter=listener)

    assert listener.all("phase")[-1] == phase
    assert not listener.all("result")


def test_a_rate_of_a_thousand_diverges(tmp_path):
    job = a_job(optimization={"learning_rate": 1000.0}, teacher={"source": {"kind": "train", "epochs": 5}})

    with pytest.raises(Diverged, match=r"at step \d+ these were not finite: objective, label|after epoch"):
        distill(job, tmp_path, reporter=Listener())


def test_a_data_set_that_is_not_there_is_said_before_anything_is_trained(tmp_path):
    listener = Listener()

    with pytest.raises(DatasetUnavailable):
        distill(JobSpec(), tmp_path, data=tmp_path, reporter=listener)

    assert listener.all("phase") == ["load_data"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"optimization": {"batch_size": 2000}}, "batch_size"),
        ({"teacher": {"width": 0.5}}, "width"),
        ({"regularizers": [{"kind": "l2", "target": "nothing"}]}, "target"),
        ({"resources": {"gpus": 1}}, "GPU"),
    ],
)
def test_a_job_that_cannot_be_run_is_refused_with_its_reason(changes, said, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)

    with pytest.raises(InvalidJob, match=said):
        distill(a_job(**changes), tmp_path, reporter=Listener())
