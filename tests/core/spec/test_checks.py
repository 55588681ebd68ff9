"""Contradictions are found before anything is queued."""

from typing import Any

import pytest
from hypothesis import given

from core.spec import JobSpec
from core.spec.checks import problems, training_images, warnings
from core.spec.resolve import resolve
from tests.builders import a_spec
from tests.specs import sound_specs

NEVER = {"kind": "linear", "start": 0, "end": 1, "begin": 999}


def found(**asked: Any) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in problems(a_spec(**asked))]


def test_the_default_job_has_no_problem() -> None:
    assert found() == []
    assert warnings(a_spec()) == ()


@pytest.mark.parametrize(
    ("asked", "place", "code"),
    [
        ({"student": {"architecture": "resnet18", "width": 0.5}}, "/student/width", "not_applicable"),
        ({"teacher": {"architecture": "resnet18", "width": 2.0}}, "/teacher/width", "not_applicable"),
        ({"student": {"architecture": "mobilenet_v3_large", "width": 0.1}},
         "/student/width", "greater_than_equal"),
        ({"dataset": "mnist", "teacher": {"architecture": "vgg16_bn", "stem": "imagenet"}},
         "/teacher/architecture", "image_too_small"),
        ({"dataset": "mnist", "student": {"architecture": "convnext_tiny", "source": "pretrained"}},
         "/student/architecture", "image_too_small"),
        ({"method": {"label_weight": 0, "terms": []}}, "/method", "nothing_to_learn"),
        ({"method": {"label_weight": 0, "terms": [{"kind": "hard_targets", "weight": 0}]}},
         "/method", "nothing_to_learn"),
        ({"method": {"terms": [{"kind": "reused_classifier", "weight": 0}]}}, "/method", "nothing_to_learn"),
        ({"method": {"terms": [{"kind": "reused_classifier", "over_time": NEVER}]}},
         "/method", "nothing_to_learn"),
        ({"method": {"label_weight": 0, "terms": [{"kind": "decoupled", "alpha": 0, "beta": 0}]}},
         "/method", "nothing_to_learn"),
        ({"method": {"label_weight": 0, "terms": [{"kind": "correlation", "beta": 0, "gamma": 0}]}},
         "/method", "nothing_to_learn"),
        ({"method": {"label_weight": 0, "terms": [{"kind": "weighted_soft", "alpha": 0}]}},
         "/method", "nothing_to_learn"),
        ({"method": {"label_weight": 0,
                     "terms": [{"kind": "relations", "distance_weight": 0, "angle_weight": 0}]}},
         "/method", "nothing_to_learn"),
        ({"optimization": {"epochs": 5, "warmup_epochs": 5}}, "/optimization/warmup_epochs", "less_than"),
        ({"regularizers": ["l2", {"kind": "l1", "target": "head.*"}]},
         "/regularizers/1/target", "no_such_layer"),
        ({"regularizers": [{"kind": "norm_product", "layers": ["*", "features.0", "features.0.0"]}]},
         "/regularizers/0/layers/1/target", "no_such_layer"),
        ({"dataset": "digits", "optimization": {"batch_size": 1295}},
         "/optimization/batch_size", "less_than_equal"),
        ({"optimization": {"batch_size": 45_001}}, "/optimization/batch_size", "less_than_equal"),
        ({"exports": ["onnx", "onnx_int8", {"kind": "onnx", "opset": 21}]}, "/exports/2", "repeated"),
    ],
)  # fmt: skip
def test_a_contradiction_is_pointed_at(asked: dict[str, Any], place: str, code: str) -> None:
    assert found(**asked) == [(place, code)]


@pytest.mark.parametrize(
    "asked",
    [
        {"student": {"architecture": "mobilenet_v2", "width": 0.5}},
        {"student": {"architecture": "mobilenet_v3_large", "width": 0.2}},
        {"dataset": "mnist", "teacher": "vgg16_bn", "student": "convnext_tiny"},
        {"dataset": "mnist", "teacher": {"architecture": "resnet18", "stem": "imagenet"}},
        {"method": {"label_weight": 1, "terms": []}},
        {"method": {"label_weight": 0, "terms": ["soft_targets"]}},
        {"optimization": {"epochs": 5, "warmup_epochs": 4}},
        {"regularizers": [{"kind": "l1", "target": "features.1*"}]},
        {"student": "resnet18", "regularizers": [{"kind": "l1", "target": "layer[12].*"}]},
        {"dataset": "digits", "optimization": {"batch_size": 1293}},
        {"optimization": {"batch_size": 45_000}},
        {"exports": ["onnx", "onnx_int8", "torch_export"]},
    ],
)
def test_what_fits_together_is_let_through(asked: dict[str, Any]) -> None:
    assert found(**asked) == []


def test_every_contradiction_is_told_at_once() -> None:
    asked = {
        "teacher": {"width": 2.0},
        "optimization": {"epochs": 1, "warmup_epochs": 1, "batch_size": 60_000},
    }

    assert [place for place, _ in found(**asked)] == [
        "/teacher/width",
        "/optimization/warmup_epochs",
        "/optimization/batch_size",
    ]


def test_a_student_as_large_as_its_teacher_is_worth_a_warning() -> None:
    (warned,) = warnings(a_spec(student="resnet18"))

    assert (warned.pointer, warned.code) == ("/student/architecture", "no_compression")
    assert warnings(a_spec(teacher="mobilenet_v2", student={"width": 0.5})) == ()
    assert [each.code for each in warnings(a_spec(student="resnet50"))] == ["no_compression"]
    assert warnings(a_spec(teacher="resnet50", student="resnet18")) == ()


ALONE: dict[str, Any] = {"label_weight": 1.0, "terms": []}


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, True),
        ({"method": "hints"}, True),
        ({"method": ALONE}, False),
        ({"method": "teacher_free"}, False),
        ({"method": {**ALONE, "terms": [{"kind": "soft_targets", "weight": 0}]}}, False),
        ({"method": {**ALONE, "terms": [{"kind": "soft_targets", "over_time": NEVER}]}}, False),
        ({"method": ALONE, "regularizers": ["l2"]}, False),
        ({"method": ALONE, "regularizers": [{"kind": "guided", "source": "teacher_prototypes"}]}, True),
    ],
)
def test_a_teacher_that_nothing_asks_is_worth_a_warning(changes: dict[str, Any], asked: bool) -> None:
    codes = [warning.code for warning in warnings(a_spec(**changes))]

    assert ("teacher_not_asked" in codes) is not asked


@pytest.mark.parametrize(("layers", "warned"), [(["features.[0-3].*"], True), (["features.0.*"], False)])
def test_a_product_of_many_norms_is_worth_a_warning(layers: list[str], warned: bool) -> None:
    product = {"kind": "norm_product", "reduction": "product", "layers": layers}

    found = [(warning.pointer, warning.code) for warning in warnings(a_spec(regularizers=["l2", product]))]

    assert found == ([("/regularizers/1/reduction", "may_overflow")] if warned else [])


def test_only_what_is_trained_on_is_counted() -> None:
    assert training_images(a_spec()) == 45_000
    assert training_images(a_spec(dataset="digits")) == 1293  # 1,797 · 0.8 · 0.9


@given(sound_specs())
def test_rules_lead_into_no_contradiction(spec: JobSpec) -> None:
    resolved, _ = resolve(spec)

    assert problems(resolved) == ()


@pytest.mark.parametrize(
    "asked",
    [
        {"method": {"terms": ["soft_targets", {"kind": "decoupled", "weight": 0}]},
         "regularizers": ["mixup"]},
        {"method": {"terms": ["soft_targets", {"kind": "attention", "stages": [4], "weight": 0}]},
         "student": {"stem": "imagenet"}},
        {"method": {"terms": ["soft_targets", {"kind": "similarity", "weight": 0}]},
         "optimization": {"accumulation": 4}},
        {"method": {"terms": ["soft_targets", {"kind": "reused_classifier", "weight": 0}]},
         "teacher": {"architecture": "vgg11_bn"}},
    ],
    ids=["mixup", "single position", "accumulation", "classifier"],
)  # fmt: skip
def test_a_term_without_weight_stands_in_nobodys_way(asked: dict[str, Any]) -> None:
    """As in a sweep over its weight that begins at 0."""
    assert found(**asked) == []
    weighed = {**asked["method"]["terms"][1], "weight": 1.0}
    assert found(**asked | {"method": {"terms": ["soft_targets", weighed]}}) != []
