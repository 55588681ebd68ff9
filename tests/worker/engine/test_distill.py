"""A whole run on real scans, in this process, and the files it leaves behind."""

import ast
import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torchvision.models import mobilenet_v2, resnet18

from core.errors import Cancelled, DatasetUnavailable, Diverged, InvalidJob
from core.spec import JobSpec
from tests.worker.engine.builders import Listener, a_job
from worker.engine import distill

VERIFY = Path(__file__).parents[3] / "examples" / "verify_student.py"
JOB = a_job(
    student={"width": 0.5},
    regularizers=[
        {"kind": "l2", "strength": 1e-4},
        {"kind": "l1"},
        {"kind": "dropout", "placement": "stages"},
        {"kind": "weight_clipping", "max_abs": 0.1},
        {"kind": "gradient_clipping", "max_norm": 1.0},
    ],
    optimization={"epochs": 2},
)
FILES = [
    "student.safetensors",
    "student.pt",
    "teacher.safetensors",
    "spec.json",
    "metrics.csv",
    "report.json",
]


class Run:
    """What one run left and told."""

    def __init__(self, out: Path, spec: JobSpec = JOB) -> None:
        self.out = out
        self.listener = Listener()
        self.report = distill(spec, out, reporter=self.listener)

    def json(self, name):
        return json.loads((self.out / name).read_text())

    def sha256(self, name):
        return hashlib.sha256((self.out / name).read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run(tmp_path_factory.mktemp("run"))


def test_phases_come_in_their_order(run):
    phases = ["load_data", "teacher", "distil", "evaluate", "export", "report"]

    assert run.listener.all("phase") == phases
    assert list(run.report["seconds"]) == [*phases, "total"]


def test_every_file_is_there_and_was_told(run):
    assert run.listener.all("artifact") == [run.out / name for name in FILES]
    assert sorted(path.name for path in run.out.iterdir()) == sorted(FILES)


def test_metric_names_are_those_that_were_agreed(run):
    told = [(name, step) for step, _, _, values in run.listener.all("metrics") for name in values]

    assert len(told) == len(set(told))
    assert {name for name, _ in told} == {
        "teacher/train/loss",
        "teacher/accuracy",
        "teacher/test/accuracy",
        "train/loss",
        "train/term/label",
        "train/term/soft_targets",
        "train/term/l2",
        "train/term/l1",
        "train/learning_rate",
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


def test_the_result_is_the_reports_summary(run):
    (summary,) = run.listener.all("result")

    assert summary == run.report["summary"] == run.json("report.json")["summary"]
    assert summary["student_accuracy"] == run.report["student"]["test"]["accuracy"]
    assert summary["compression"] == run.report["teacher"]["parameters"] / run.report["student"]["parameters"]
    times = [run.report[role]["latency"][0]["p50_seconds"] for role in ("teacher", "student")]
    assert summary["speedup"] == times[0] / times[1]


def test_the_report_names_the_files_as_they_are(run):
    for role in ("teacher", "student"):
        path = run.out / f"{role}.safetensors"
        assert run.report[role]["file"] == {"bytes": path.stat().st_size, "sha256": run.sha256(path.name)}


def test_the_resolved_spec_can_be_posted_again(run):
    again = JobSpec.model_validate_json((run.out / "spec.json").read_text())

    assert again.student.width == 0.5
    assert again.optimization.learning_rate == 0.05
    assert again.method.label_weight == 0.1


def test_both_files_hold_the_same_student(run):
    safe = load_file(run.out / "student.safetensors")
    plain = torch.load(run.out / "student.pt", weights_only=True)

    assert safe.keys() == plain.keys()
    assert all(torch.equal(safe[name], plain[name]) for name in safe)


def test_both_networks_load_into_torchvisions_own(run):
    mobilenet_v2(num_classes=10, width_mult=0.5).load_state_dict(load_file(run.out / "student.safetensors"))
    resnet18(num_classes=10).load_state_dict(load_file(run.out / "teacher.safetensors"))


def test_no_weight_in_the_files_exceeds_the_clip(run):
    for weights in (
        load_file(run.out / "student.safetensors"),
        torch.load(run.out / "student.pt", weights_only=True),
    ):
        student = mobilenet_v2(num_classes=10, width_mult=0.5)
        student.load_state_dict(weights)
        layers = [m for m in student.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
        assert 0.09 < max(layer.weight.abs().max().item() for layer in layers) <= 0.1


def test_the_clip_is_the_students_alone(run):
    assert max(weight.abs().max() for weight in load_file(run.out / "teacher.safetensors").values()) > 0.1


def test_a_foreign_program_measures_the_same_accuracy_to_the_last_digit(run, tmp_path):
    said = subprocess.run(
        [sys.executable, "-I", str(VERIFY), str(run.out / "student.safetensors")],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    ).stdout  # fmt: skip

    figures = dict(line.split(" ", 1) for line in said.splitlines())
    assert float(figures["accuracy"]) == run.report["student"]["test"]["accuracy"]
    assert float(figures["largest_weight"]) <= 0.1


def test_the_foreign_program_imports_none_of_our_code():
    tree = ast.parse(VERIFY.read_text())
    imported = {
        name.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for name in n.names
    }
    imported |= {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}

    assert imported - sys.stdlib_module_names == {"torch", "torchvision", "safetensors", "sklearn"}


def test_the_header_says_what_a_reader_needs(run):
    with safe_open(run.out / "teacher.safetensors", framework="pt") as file:
        facts = {name: json.loads(text) for name, text in file.metadata().items()}

    assert (facts["architecture"], facts["stem"], facts["image_size"]) == ("resnet18", "imagenet", 32)
    assert len(facts["test_rows"]) == run.report["dataset"]["test_images"]


def test_the_same_seed_gives_the_same_bytes(run, tmp_path):
    again = Run(tmp_path)

    for name in ("student.safetensors", "student.pt", "teacher.safetensors", "spec.json"):
        assert again.sha256(name) == run.sha256(name)
    assert again.report["student"]["test"] == run.report["student"]["test"]


SHORT = a_job()


def test_another_seed_gives_another_student_of_the_same_teacher(run, tmp_path):
    other = Run(tmp_path, JOB.model_copy(update={"seed": 1}))

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
        ({"optimization": {"batch_size": 1}}, "single image"),
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


def test_the_report_holds_finite_numbers_only(run):
    def refuse(word):
        pytest.fail(f"{word} in the report")

    json.loads((run.out / "report.json").read_text(), parse_constant=refuse)
