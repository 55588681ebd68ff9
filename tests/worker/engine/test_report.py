"""What a report says fits together, and can be measured again from the files beside it."""

import pytest
import torch
from safetensors.torch import load_file
from torchvision.models import mobilenet_v2

from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import tiny, tiny_data
from worker.engine import distill
from worker.engine import report as reporting
from worker.engine.measures.cost import macs
from worker.engine.measures.memory import peak


def test_what_the_student_lost_is_told_as_a_whole_and_class_by_class(run):
    report = run.report
    found, classes = report["student_against_teacher"], report["classes"]
    teacher, student = (report[role]["test"] for role in ("teacher", "student"))

    assert found["accuracy_change"] == pytest.approx(student["accuracy"] - teacher["accuracy"])
    low, high = found["accuracy_change_interval"]
    assert low < found["accuracy_change"] < high
    assert found["agreement"] == report["agreement"]
    assert found["both_right"] + found["gained"] == student["correct"]
    assert found["both_right"] + found["lost"] == teacher["correct"]
    assert sum(one["images"] for one in classes) == student["images"]
    assert sum(one["gained"] for one in classes) == found["gained"]
    assert sum(one["lost"] for one in classes) == found["lost"]
    worst = min(classes, key=lambda one: one["change"])
    assert report["classes_lost_most"][0] == worst["name"]


def test_of_each_network_more_is_told_than_whether_its_first_answer_is_right(run):
    for role in ("teacher", "student"):
        found = run.report[role]["test"]
        assert found["accuracy"] <= found["top5_accuracy"] <= 1
        assert 0 <= found["calibration_error"] <= 1
        assert 0 <= found["brier"] <= 2
        assert sum(one["images"] for one in found["reliability"]) == found["images"]


def test_the_operations_can_be_counted_again(run):
    student = mobilenet_v2(num_classes=10, width_mult=0.5)
    student.load_state_dict(load_file(run.out / "student.safetensors"))

    assert run.report["student"]["macs"] == macs(student, torch.zeros(1, 3, 32, 32))
    assert run.report["teacher"]["macs"] > 0


def test_throughput_is_the_batch_over_its_median_time(run):
    (timed,) = run.report["student"]["latency"]

    assert timed["images_per_second"] == pytest.approx(timed["batch"] / timed["p50_seconds"])


def test_it_says_how_many_processes_trained_together(run):
    assert run.report["hardware"]["ranks"] == 1


def test_it_says_what_the_forward_passes_of_training_were_cast_to(run):
    found = run.report["hardware"]["precision"]

    assert run.report["spec"]["optimization"]["precision"] == "auto"
    assert found in (("float32",) if run.report["hardware"]["device"] == "cpu" else ("bfloat16", "float32"))


def test_the_peak_of_memory_is_told(run):
    peak = run.report["peak_memory"]

    assert peak["resident_bytes"] > 100 << 20
    assert peak["device_bytes"] is None or peak["device_bytes"] > 0


def test_the_peak_of_memory_is_that_of_everything_before_the_report(tmp_path, monkeypatch):
    listener, read = Listener(), []

    def recorded(device):
        read.append((listener.all("phase")[-1], {path.name for path in listener.all("artifact")}))
        return peak(device)

    monkeypatch.setattr(reporting, "peak", recorded)
    distill(tiny(), tmp_path / "out", data=tiny_data(tmp_path), reporter=listener)

    ((phase, files),) = read
    assert phase == "report"
    assert "student.safetensors" in files
