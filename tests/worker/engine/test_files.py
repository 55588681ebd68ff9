"""The files of a whole run, read as anyone would read them."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torchvision.models import mobilenet_v2, resnet18

from core.spec import JobSpec

VERIFY = Path(__file__).parents[3] / "examples" / "verify_student.py"
FILES = [
    "student.safetensors",
    "student.pt",
    "teacher.safetensors",
    "spec.json",
    "metrics.csv",
    "report.json",
    "report.html",
    "model_card.md",
]


def test_every_file_is_there_and_was_told(run):
    assert run.listener.all("artifact") == [run.out / name for name in FILES]
    assert sorted(path.name for path in run.out.iterdir()) == sorted(FILES)


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


def test_the_report_holds_finite_numbers_only(run):
    def refuse(word):
        pytest.fail(f"{word} in the report")

    json.loads((run.out / "report.json").read_text(), parse_constant=refuse)
