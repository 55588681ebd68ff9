"""Weights that a run starts from: taken as they are, or refused with every difference."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ClassMismatch, WeightsUnavailable, WeightsUnreadable
from tests.worker.engine.builders import CLASSES, Listener
from tests.worker.engine.resuming.attempts import tiny, tiny_data
from worker.engine import distill
from worker.engine.given import Files

ID = "model_01M7ZQEM9ZS08WD84ZQSJRHJFV"
FIRST = tiny()
GIVEN = tiny(teacher={"source": ID})
AGAIN = tiny(student={"source": ID})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tiny_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def first(data, tmp_path_factory):
    """What a run leaves that has trained its own teacher."""
    out = tmp_path_factory.mktemp("first")
    return out, distill(FIRST, out, data=data, reporter=Listener())


def run(spec, data, out, **weights):
    listener = Listener()
    return distill(spec, out, data=data, reporter=listener, weights=Files(**weights)), listener


@pytest.fixture(scope="module")
def second(first, data, tmp_path_factory):
    """The same with the teacher of the first, given."""
    out = tmp_path_factory.mktemp("second")
    origins = {"teacher": {"kind": "model", "model": ID}}
    return out, *run(GIVEN, data, out, teacher=first[0] / "teacher.safetensors", origins=origins)


def changed(file, to, change, metadata=None):
    """The weights of a file, changed."""
    weights = load_file(file)
    change(weights)
    save_file(weights, to, metadata)
    return to


def refused(error, spec, data, tmp_path, **weights):
    listener = Listener()
    with pytest.raises(error) as raised:
        distill(spec, tmp_path / "out", data=data, reporter=listener, weights=Files(**weights))
    assert listener.all("phase") == ["load_data"]  # before anything is trained
    return raised.value


def test_a_given_teacher_is_not_trained_and_taught_by_as_it_is(first, second):
    (out, _report), (again, other, listener) = first, second

    for name in ("teacher.safetensors", "student.safetensors"):
        assert (again / name).read_bytes() == (out / name).read_bytes()
    told = {name for _, _, _, values in listener.all("metrics") for name in values}
    assert "teacher/train/loss" not in told
    assert (other["teacher"]["epochs"], other["teacher"]["steps"]) == (0, 0)
    assert other["teacher"]["images_per_second"] is None


def test_it_is_measured_all_the_same(first, second):
    (_, report), (_, other, listener) = first, second

    for name in ("test", "validation_accuracy"):
        assert other["teacher"][name] == report["teacher"][name]
    told = [values for *_, values in listener.all("metrics") if "teacher/accuracy" in values]
    assert told == [{"teacher/accuracy": report["teacher"]["validation_accuracy"]}]


def test_the_report_says_whence_it_came(first, second):
    assert first[1]["teacher"]["source"] == {"kind": "train"}
    sha256 = first[1]["teacher"]["file"]["sha256"]
    assert second[1]["teacher"]["source"] == {"kind": "model", "model": ID, "sha256": sha256}
    assert second[1]["student"]["source"] == {"kind": "random"}


def test_the_progress_runs_from_0_to_1_without_it(second):
    fractions = [one.fraction for one in second[2].all("progress")]

    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (pytest.approx(0.01, abs=0.5), 1.0)


def test_a_student_starts_from_given_weights(first, data, tmp_path):
    out, _report = first
    still = AGAIN.model_copy(
        update={"optimization": AGAIN.optimization.model_copy(update={"learning_rate": 1e-9})}
    )

    other, _ = run(still, data, tmp_path, student=out / "student.safetensors")

    before, after = (load_file(folder / "student.safetensors") for folder in (out, tmp_path))
    assert torch.allclose(before["classifier.1.weight"], after["classifier.1.weight"], atol=1e-5)
    assert other["student"]["source"]["kind"] == "file"


@pytest.mark.parametrize("role", ["teacher", "student"])
def test_weights_that_nobody_gave_are_asked_for(role, data, tmp_path):
    error = refused(WeightsUnavailable, tiny(**{role: {"source": ID}}), data, tmp_path)

    assert role in error.detail
    assert "--teacher-weights" in error.advice


def test_a_file_that_is_not_there_is_unavailable(data, tmp_path):
    refused(WeightsUnavailable, GIVEN, data, tmp_path, teacher=tmp_path / "nothing")


@pytest.mark.parametrize(
    "content", [b"", b"\x10", b"\xff" * 64, b"no weights at all, but text of some length"]
)
def test_what_is_no_safetensors_file_is_refused(content, data, tmp_path):
    (tmp_path / "file").write_bytes(content)

    refused(WeightsUnreadable, GIVEN, data, tmp_path, teacher=tmp_path / "file")


NAME = "features.0.0.weight"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: w.pop(NAME), f"missing: {NAME}"),
        (lambda w: w.update(head=torch.zeros(2)), "unexpected: head"),
        (
            lambda w: w.update({NAME: w[NAME][:2].clone()}),
            f"{NAME} is float32 [2, 3, 3, 3], needed is float32",
        ),
        (lambda w: w.update({NAME: w[NAME].half()}), f"{NAME} is float16"),
        (lambda w: w[NAME].fill_(float("nan")), f"not finite: {NAME}"),
    ],
    ids=["missing", "unexpected", "shape", "type", "nan"],
)
def test_each_weight_must_be_that_of_the_network(change, said, first, data, tmp_path):
    other = changed(first[0] / "teacher.safetensors", tmp_path / "other", change)

    assert said in refused(WeightsUnreadable, GIVEN, data, tmp_path, teacher=other).detail


def test_all_differences_are_counted_and_some_are_named(first, data, tmp_path):
    other = changed(
        first[0] / "teacher.safetensors",
        tmp_path / "other",
        lambda weights: [weights.pop(n) for n in list(weights)[1:]],
    )

    detail = refused(WeightsUnreadable, GIVEN, data, tmp_path, teacher=other).detail

    assert " more" in detail
    assert len(detail) < 1000


def test_weights_of_another_network_are_refused_by_what_the_file_says(first, data, tmp_path):
    spec = tiny(teacher={"source": ID, "stem": "imagenet"})  # the same shapes, other strides

    detail = refused(WeightsUnreadable, spec, data, tmp_path, teacher=first[0] / "teacher.safetensors").detail

    assert "its stem is small, asked for is imagenet" in detail


def test_other_classes_are_told_apart_by_name_and_by_number(first, data, tmp_path):
    file = first[0] / "teacher.safetensors"
    named = changed(file, tmp_path / "named", lambda _: None, {"class_names": json.dumps(list("abxd"))})

    def fewer(weights):
        for name in ("classifier.1.weight", "classifier.1.bias"):
            weights[name] = weights[name][: CLASSES - 1].clone()

    bare = changed(file, tmp_path / "bare", fewer)

    assert (
        "class 2 is 'x', in the data 'c'"
        in refused(ClassMismatch, GIVEN, data, tmp_path, teacher=named).detail
    )
    assert (
        "3 classes apart, the data set has 4"
        in refused(ClassMismatch, GIVEN, data, tmp_path, teacher=bare).detail
    )


def test_what_the_service_knows_of_it_counts_more_than_what_the_file_says(first, data, tmp_path):
    other = changed(
        first[0] / "teacher.safetensors",
        tmp_path / "named",
        lambda _: None,
        {"class_names": json.dumps(list("abxd"))},
    )
    origins = {"teacher": {"kind": "model", "known": {"class_names": list("abcd")}}}

    report, _ = run(GIVEN, data, tmp_path / "out", teacher=other, origins=origins)

    assert "known" not in report["teacher"]["source"]
