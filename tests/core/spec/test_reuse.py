"""Which students can answer with the classifier of their teacher."""

from typing import Any

import pytest

from core.spec.checks import problems, warnings
from core.spec.reuse import Reuse, reuse
from tests.builders import a_spec

REUSED = "reused_classifier"
MODEL = {"kind": "model", "id": "model_01ARZ3NDEKTSV4RRFFQ69G5FAV"}


def found(terms: list[Any], **asked: Any) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in problems(a_spec(method={"terms": terms}, **asked))]


def test_the_usual_pair_can() -> None:
    assert found([REUSED]) == []
    assert found([REUSED, "soft_targets", "hints"]) == []


def test_its_channels_are_those_of_the_teacher() -> None:
    spec = a_spec(method={"terms": [{"kind": REUSED, "factor": 4}]}, teacher="resnet50")

    assert reuse(spec) == Reuse(2048, 4)


@pytest.mark.parametrize(
    "without",
    [
        "soft_targets",
        {"kind": REUSED, "weight": 0.0},
        {"kind": REUSED, "over_time": {"kind": "linear", "start": 0.0, "end": 0.0}},
    ],
)
def test_without_any_weight_the_student_keeps_its_own(without: Any) -> None:
    assert reuse(a_spec(method={"label_weight": 1.0, "terms": [without]})) is None


def test_a_second_one_is_refused() -> None:
    assert found([REUSED, {"kind": REUSED, "factor": 4}]) == [("/method/terms/1/kind", "repeated")]


@pytest.mark.parametrize("teacher", ["mobilenet_v2", "densenet121", "convnext_tiny", "vgg11_bn"])
def test_a_teacher_whose_classifier_reads_something_else_is_refused(teacher: str) -> None:
    (problem,) = problems(a_spec(method={"terms": [REUSED]}, teacher=teacher, student="shufflenet_v2_x0_5"))

    assert (problem.pointer, problem.code) == ("/teacher/architecture", "no_reusable_classifier")
    assert "resnet18" in problem.allowed


@pytest.mark.parametrize("student", ["mobilenet_v3_small", "densenet121", "convnext_tiny", "vgg11_bn"])
def test_a_student_without_a_place_for_the_projector_is_refused(student: str) -> None:
    refused = found([REUSED], student=student, teacher="resnet50")

    assert refused == [("/student/architecture", "no_reusable_classifier")]


def test_of_rows_there_is_no_last_stage() -> None:
    table = {"task": "tabular-classification", "dataset": "iris", "teacher": "mlp", "student": "mlp"}

    assert found([REUSED], **table)


def test_of_given_weights_the_network_is_known_later() -> None:
    assert found([REUSED], teacher={"source": MODEL}) == []


def test_nothing_can_be_pulled_to_the_rows_of_a_classifier_that_stays() -> None:
    guided = {"kind": "guided", "strength": 0.1, "source": "teacher_prototypes"}

    assert found([REUSED], regularizers=[guided]) == [("/regularizers/0/kind", "all_frozen")]


def test_with_its_own_layers_frozen_a_student_learns_its_projector() -> None:
    own = [{"kind": "freeze", "target": target} for target in ("conv1", "bn1", "layer*")]
    resnets = {"student": "resnet18", "teacher": "resnet50"}

    assert found([REUSED], regularizers=["l2", *own], **resnets) == []
    assert found([REUSED], regularizers=[{"kind": "l2", "target": "avgpool.0.3"}, *own], **resnets) == []
    projector = {"kind": "freeze", "target": "avgpool.*"}
    assert {code for _, code in found([REUSED], regularizers=[*own, projector], **resnets)} == {
        "nothing_to_learn"
    }


def test_where_the_projector_takes_the_place_of_layers_it_bears_their_name() -> None:
    freeze = {"kind": "freeze", "target": "features.*"}

    assert found([REUSED], regularizers=[freeze]) == [("/regularizers/0/target", "nothing_to_learn")]
    assert found([REUSED], regularizers=[{"kind": "activation_weight", "target": "features.18.6"}]) == []


def test_limits_pass_over_this_classifier() -> None:
    method = {"terms": [REUSED]}
    only = a_spec(method=method, regularizers=[{"kind": "max_norm", "radius": 1, "target": "classifier.1"}])
    every = a_spec(method=method, regularizers=[{"kind": "weight_clipping", "max_abs": 1.0}])

    assert [one.code for one in problems(only)] == ["all_frozen"]
    assert [one.code for one in warnings(every)] == ["passes_over_frozen"]
