"""Each format is held against the student; a failed one costs only itself."""

import hashlib

import onnxruntime
import pytest
import torch

from core.errors import Cancelled
from core.spec.exports import Onnx, TorchExport
from tests.polling import eventually
from tests.worker.engine.builders import HALF, Listener, Run, a_job
from tests.worker.engine.exporting import Shelf
from tests.worker.engine.models.networks import FAMILIES
from worker.engine import narrator, registry
from worker.engine.data.batches import evaluation_batches
from worker.engine.exports.export import Compared, differs

# ConvNeXt took more than five minutes on two busy cores; the other two are as large, and were not tried.
TOO_LARGE = {"convnext_tiny", "densenet121", "vgg11_bn"}


class Broken:
    """Answers with the student's logits, each off by `off`; or raises."""

    file = "student.broken"
    off = 0.0
    error: Exception | None = None

    def __init__(self, _spec):
        self.network = None

    def make(self, subject):
        if self.error is not None:
            raise self.error
        self.network = subject.network
        return b"content"

    def open(self, _content):
        return lambda inputs: self.network(inputs) + self.off

    def complaint(self, compared):
        return differs(compared)


@pytest.fixture
def broken(monkeypatch):
    """Stands for ONNX, and does what a test tells it."""
    implementation = type("Broken", (Broken,), {})
    monkeypatch.setattr(registry, "EXPORTS", {**registry.EXPORTS, Onnx: implementation})
    return implementation


def test_what_is_told_of_a_file_can_be_measured_again(shelf):
    images = torch.cat(list(evaluation_batches(shelf.material.splits.test, HALF, shelf.material.device)))
    labels = shelf.material.splits.test.labels

    for kind in ("onnx", "onnx_int8"):
        told, content = shelf.told(kind), shelf.content(kind)
        (found,) = onnxruntime.InferenceSession(content).run(None, {"inputs": images.contiguous().numpy()})
        logits = torch.from_numpy(found)
        decided, own = logits.argmax(1), shelf.logits.argmax(1)
        assert (told["bytes"], told["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        difference = (logits - shelf.logits).abs().max().item()
        assert told["max_abs_difference"] == pytest.approx(difference, rel=1e-3, abs=1e-6)
        assert told["accuracy"] == (decided == labels).double().mean().item()
        assert told["agreement"] == (decided == own).double().mean().item()
        change = (decided == labels).double().mean() - (own == labels).double().mean()
        assert told["accuracy_change"] == pytest.approx(change.item())


def test_formats_in_float32_answer_as_the_student_does(shelf):
    for kind in ("onnx", "torch_export"):
        told = shelf.told(kind)
        assert (told["passed"], told["why"], told["agreement"]) == (True, None, 1.0)
        assert told["max_abs_difference"] < 1e-5


def test_the_cost_of_8_bits_is_told(shelf):
    told = shelf.told("onnx_int8")

    assert told["passed"]
    assert told["max_abs_difference"] > 1e-4
    assert told["agreement"] > 0.9


def test_each_format_has_its_metrics(shelf):
    told = {name for _, _, _, values in shelf.listener.all("metrics") for name in values}

    assert told == {
        f"export/{kind}/{name}"
        for kind in ("onnx", "onnx_int8", "torch_export")
        for name in ("accuracy", "agreement", "max_abs_difference")
    }


def test_a_file_that_answers_otherwise_is_not_handed_over(broken):
    broken.off = 0.5

    shelf = Shelf(["onnx"])

    told = shelf.told("onnx")
    assert shelf.made["onnx"].content is None
    assert (told["passed"], told["bytes"], told["agreement"]) == (False, 7, 1.0)
    assert told["max_abs_difference"] == pytest.approx(0.5, rel=1e-3)
    ((level, message),) = shelf.listener.all("log")
    assert level == "warning"
    assert message.startswith("student.broken is not handed over: its logits differ by 0.5, allowed are")


def test_answers_that_are_no_numbers_are_refused_and_told_as_null(broken):
    broken.off = float("nan")

    told = Shelf(["onnx"]).told("onnx")

    assert (told["passed"], told["max_abs_difference"]) == (False, None)
    assert "nan" in told["why"]


def test_an_exporter_that_raises_costs_its_own_file_only(broken):
    broken.error = RuntimeError("no such operator")

    shelf = Shelf(["onnx", "torch_export"])

    told = shelf.told("onnx")
    assert (told["passed"], told["bytes"], told["accuracy"]) == (False, None, None)
    assert told["why"] == "RuntimeError: no such operator"
    assert shelf.told("torch_export")["passed"]


def test_who_cancels_is_not_kept_waiting(broken):
    listener = Listener(cancel_at="export")
    listener.phase("export")

    with pytest.raises(Cancelled):
        Shelf(["onnx"], listener)


def test_life_is_shown_while_a_format_takes_long(broken, monkeypatch):
    monkeypatch.setattr(narrator, "SHOWN_EVERY_SECONDS", 0.01)
    listener, make = Listener(), broken.make

    def slowly(self, subject):
        eventually(lambda: len(listener.all("progress")) > 2)
        return make(self, subject)

    broken.make = slowly

    assert Shelf(["onnx"], listener).told("onnx")["why"] is None


def test_a_tolerance_follows_the_largest_logit():
    assert differs(Compared(0.009, 10.0, 1.0, 0.9, 0.0)) is None
    assert differs(Compared(0.011, 10.0, 1.0, 0.9, 0.0))
    assert differs(Compared(0.0009, 1e-6, 1.0, 0.9, 0.0)) is None


def test_a_run_with_a_failed_export_succeeds_and_reports_it(tmp_path, monkeypatch):
    failing, sound = (
        type("Failing", (Broken,), {"off": 1.0}),
        type("Sound", (Broken,), {"file": "student.ok"}),
    )
    monkeypatch.setattr(registry, "EXPORTS", {Onnx: failing, TorchExport: sound})

    small = {"architecture": "mobilenet_v2", "width": 0.25}

    run = Run(tmp_path, a_job(teacher=small, exports=["onnx", "torch_export"]))

    told = run.json("report.json")["exports"]
    assert [told[kind]["passed"] for kind in ("onnx", "torch_export")] == [False, True]
    assert (tmp_path / "student.ok").read_bytes() == b"content"
    assert told["torch_export"]["sha256"] == run.sha256("student.ok")
    assert not (tmp_path / "student.broken").exists()
    assert run.listener.all("result")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("architecture", sorted({*FAMILIES} - TOO_LARGE))
def test_a_student_of_its_full_size_can_be_handed_over_in_every_format(architecture, tmp_path):
    student = {"architecture": architecture, "stem": "auto", "width": 1.0}
    spec = a_job(
        student=student, exports=["onnx", {"kind": "onnx_int8", "max_accuracy_loss": 1.0}, "torch_export"]
    )

    run = Run(tmp_path, spec)

    assert {kind: told["why"] for kind, told in run.report["exports"].items()} == dict.fromkeys(
        ("onnx", "onnx_int8", "torch_export")
    )
