"""What goes with which task: refused before anything is queued, or filled in."""

from dataclasses import replace
from typing import Any

import pytest

from core.spec.checks import problems, training_images, warnings
from core.spec.datasets import DatasetFacts
from core.spec.resolve import resolve
from core.spec.tables import Column, Columns
from tests.builders import a_spec
from tests.core.spec.test_tables import HOUSES, ID

REGRESSION = {
    "task": "tabular-regression",
    "dataset": "diabetes",
    "teacher": "mlp",
    "student": "linear",
    "method": {"label_weight": 1.0, "terms": []},
}
CLASSIFICATION = {
    "task": "tabular-classification",
    "dataset": "iris",
    "teacher": "mlp",
    "student": "linear",
    "optimization": {"batch_size": 16},
}
PRICES = {**REGRESSION, "dataset": {"id": ID, "target": "price"}, "optimization": {"batch_size": 32}}


def found(document: dict[str, Any], known: Any = None) -> list[tuple[str, str]]:
    return [(finding.pointer, finding.code) for finding in problems(a_spec(**document), known)]


@pytest.mark.parametrize("document", [REGRESSION, CLASSIFICATION], ids=["regression", "classification"])
def test_a_job_on_a_table_is_sound(document: dict[str, Any]) -> None:
    assert found(document) == []
    assert found(a_spec(**document).model_dump(mode="json")) == [], "as the service answers it"
    assert found(resolve(a_spec(**document))[0].model_dump(mode="json")) == []


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"dataset": "digits"}, "/dataset/name", "other_task"),
        ({"dataset": "breast_cancer"}, "/task", "other_task"),
        ({"dataset": {"form": "logistic"}, "optimization": {"batch_size": 8}}, "/task", "other_task"),
        ({"dataset": ID}, "/dataset/target", "missing"),
        ({"dataset": {"name": "diabetes", "subset": {"per_class": 9}}}, "/dataset/subset", "not_applicable"),
        ({"teacher": "resnet18"}, "/teacher/architecture", "other_task"),
        ({"student": {"architecture": "mlp", "width": 0.5}}, "/student/width", "not_applicable"),
        ({"student": {"architecture": "mlp", "stem": "small"}}, "/student/stem", "not_applicable"),
        ({"student": {"architecture": "linear", "hidden": [8]}}, "/student/hidden", "not_applicable"),
        (
            {"student": {"architecture": "linear", "activation": "tanh"}},
            "/student/activation",
            "not_applicable",
        ),
        ({"teacher": {"architecture": "mlp", "source": "pretrained"}}, "/teacher/source", "not_pretrained"),
        ({"method": "soft_targets"}, "/method/terms/0", "other_task"),
        ({"stopping": {"target_accuracy": 0.9}}, "/stopping/target_accuracy", "not_applicable"),
        ({"optimization": {"augmentation": "crop"}}, "/optimization/augmentation", "not_applicable"),
        ({"optimization": {"batch_size": 400}}, "/optimization/batch_size", "less_than_equal"),
        (
            {"regularizers": [{"kind": "dropout", "placement": "stages"}]},
            "/regularizers/0/placement",
            "not_applicable",
        ),
        ({"regularizers": [{"kind": "l2", "target": "hidden*"}]}, "/regularizers/0/target", "no_such_layer"),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert found({**REGRESSION, **changes}) == [(pointer, code)]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"dataset": "diabetes"}, "/task", "other_task"),
        ({"dataset": {"form": "logistic", "noise": 1.0}}, "/dataset/noise", "not_applicable"),
        ({"dataset": {"form": "linear"}}, "/task", "other_task"),
    ],
)
def test_classes_are_not_measures(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert found({**CLASSIFICATION, **changes}) == [(pointer, code)]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"dataset": "breast_cancer"}, "/task", "other_task"),
        ({"student": "mlp"}, "/student/architecture", "other_task"),
        ({"student": {"architecture": "mobilenet_v2", "hidden": [8]}}, "/student/hidden", "not_applicable"),
        ({"optimization": {"batch_size": 1}}, "/optimization/batch_size", "greater_than_equal"),
    ],
)
def test_images_are_no_rows(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert found(changes) == [(pointer, code)]


def test_a_batch_may_be_one_row() -> None:
    assert found({**REGRESSION, "optimization": {"batch_size": 1}}) == []


@pytest.mark.parametrize(
    ("dataset", "pointer", "code"),
    [
        ({"target": "prise"}, "/dataset/target", "no_such_column"),
        ({"target": "city"}, "/dataset/target", "other_task"),
        ({"target": "price", "inputs": ["area", "are"]}, "/dataset/inputs/1", "no_such_column"),
        ({"target": "price", "inputs": ["area", "city"]}, "/dataset/inputs/1", "not_an_input"),
        ({"target": "price", "inputs": ["price"]}, "/dataset/inputs/0", "not_an_input"),
        ({"target": "price", "inputs": ["area", "area"]}, "/dataset/inputs/1", "not_an_input"),
    ],
)
def test_columns_are_looked_for(dataset: dict[str, Any], pointer: str, code: str) -> None:
    assert found({**PRICES, "dataset": {"id": ID, **dataset}}, HOUSES) == [(pointer, code)]


def test_a_column_that_is_nearly_there_is_suggested() -> None:
    (finding,) = problems(a_spec(**{**PRICES, "dataset": {"id": ID, "target": "prise"}}), HOUSES)

    assert finding.did_you_mean == "price"
    assert finding.allowed == ("area", "rooms", "city", "price")


def test_an_upload_of_the_other_kind_is_told() -> None:
    images = DatasetFacts("pets", 3, 32, 100, 0)

    assert found(PRICES, images) == [("/dataset/id", "not_a_table")]
    assert found({"dataset": ID}, HOUSES) == [("/dataset/target", "missing")]


def test_a_target_with_too_many_values_is_no_class() -> None:
    prices = {**CLASSIFICATION, "dataset": {"id": ID, "target": "price"}}
    rooms = {**CLASSIFICATION, "dataset": {"id": ID, "target": "rooms"}}

    assert found(prices, HOUSES) == [("/dataset/target", "other_task")]
    assert found(rooms, HOUSES) == []


@pytest.mark.parametrize(
    ("task", "code"), [("tabular-regression", "one_value"), ("tabular-classification", "one_class")]
)
def test_a_target_that_never_changes_is_refused(task: str, code: str) -> None:
    same = Columns("same", 120, (Column("area", None, False), Column("price", 1, False)))

    document = {"task": task, "dataset": {"id": ID, "target": "price"}, "method": {"terms": []}}
    assert found(document, same) == [("/dataset/target", code)]


def test_what_follows_from_a_table_is_filled_in_with_its_rule() -> None:
    resolved, origins = resolve(a_spec(**{**PRICES, "teacher": "mlp"}), HOUSES)

    assert resolved.optimization.augmentation == "none"
    assert (resolved.teacher.hidden, resolved.teacher.activation) == ((64, 64), "relu")
    assert (resolved.student.hidden, resolved.student.activation) == (None, None)
    assert resolved.dataset.inputs == ("area", "rooms")
    assert origins["/optimization/augmentation"] == "rule: rows have no views"
    assert origins["/teacher/hidden"] == "rule: two layers of 64"
    assert origins["/dataset/inputs"] == "rule: every column of numbers but the target"
    assert resolve(resolved, HOUSES)[0] == resolved


def test_training_rows_are_what_test_and_validation_leave() -> None:
    assert training_images(a_spec(**REGRESSION)) == int(442 * 0.8 * 0.9)
    subset = {"name": "iris", "subset": {"per_class": 10}}
    assert training_images(a_spec(**{**CLASSIFICATION, "dataset": subset})) == 27


@pytest.mark.parametrize(
    ("task", "dataset", "terms"),
    [("tabular-regression", "diabetes", ["logit_mse"]), ("tabular-classification", "iris", ["soft_targets"])],
)
def test_a_task_and_a_table_are_enough(task: str, dataset: str, terms: list[str]) -> None:
    spec = a_spec(task=task, dataset=dataset)

    assert (problems(spec), warnings(spec)) == ((), ())
    resolved, origins = resolve(spec)
    assert (resolved.teacher.architecture, resolved.teacher.hidden) == ("mlp", (64, 64))
    assert (resolved.student.architecture, resolved.student.hidden) == ("mlp", (16,))
    assert [term.kind for term in resolved.method.terms] == terms
    assert {origins[at] for at in ("/student/architecture", "/student/hidden/0", "/method/terms/0/kind")} == {
        "default"
    }
    assert resolve(resolved)[0] == resolved


def test_what_is_said_of_a_network_of_rows_is_kept() -> None:
    spec = a_spec(
        task="tabular-regression", dataset="diabetes", student={"hidden": [8]},
        teacher={"source": {"epochs": 3}}, method={"label_weight": 0.5},
    )  # fmt: skip

    assert (spec.teacher.architecture, spec.teacher.source.epochs) == ("mlp", 3)
    assert spec.student.hidden == (8,)
    assert (spec.method.label_weight, spec.method.terms[0].kind) == (0.5, "logit_mse")
    assert a_spec().student.architecture == "mobilenet_v2"


def test_a_batch_that_nobody_asked_for_fits_the_table() -> None:
    few = {**CLASSIFICATION, "optimization": {}}
    resolved, origins = resolve(a_spec(**few))

    assert found(few) == []
    assert resolved.optimization.batch_size == int(150 * 0.8 * 0.9) // 2
    assert resolved.optimization.learning_rate == 0.1 * resolved.optimization.batch_size / 256
    assert origins["/optimization/batch_size"] == "rule: half of the training rows, which are few"
    assert found({**few, "optimization": {"batch_size": 128}}) == [
        ("/optimization/batch_size", "less_than_equal")
    ]
    assert resolve(a_spec(**REGRESSION))[0].optimization.batch_size == 128


@pytest.mark.parametrize(
    ("teacher", "student", "saves"),
    [
        ("mlp", "linear", True),
        ("mlp", {"architecture": "mlp", "hidden": [16]}, True),
        ("mlp", "mlp", False),
        ("linear", "linear", False),
        ("linear", {"architecture": "mlp", "hidden": [16]}, False),
    ],
)
def test_a_student_as_large_as_its_teacher_is_warned_of(teacher: Any, student: Any, saves: bool) -> None:
    spec = a_spec(**{**REGRESSION, "teacher": teacher, "student": student})

    assert ("no_compression" in [warning.code for warning in warnings(spec)]) is not saves


@pytest.mark.parametrize(
    ("rows", "test_fraction", "refused"),
    [(1, 0.2, True), (2, 0.2, True), (3, 0.2, False), (3, 0.5, True), (4, 0.5, False)],
)
def test_a_class_must_have_rows_for_every_split(rows: int, test_fraction: float, refused: bool) -> None:
    houses = replace(HOUSES, rarest={"city": ("Rome", rows)})
    asked = {**CLASSIFICATION, "dataset": {"id": ID, "target": "city"}}
    asked |= {"evaluation": {"test_fraction": test_fraction}}

    codes = [one.code for one in problems(a_spec(**asked), houses)]

    assert codes == ["class_too_small"] * refused
