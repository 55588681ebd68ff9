"""Sound JSON that is no sound job: rows 19, 20 and 37-39 of the matrix of bad inputs."""

from typing import Any, get_args

import httpx2
import pytest

from core.spec.datasets import Builtin
from core.spec.job import Task
from core.spec.methods import TERMS
from core.spec.models import AnyArchitecture
from core.spec.regularizers import HARD, SOFT
from tests.app.visiting import findings, problem
from tests.live_api import LiveApi


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


def refused(http: httpx2.Client, document: dict[str, Any]) -> list[tuple[str, str]]:
    """Place and code of what is wrong, on which submit and validate agree."""
    found = findings(http.post("/v1/jobs", json=document))
    validated = http.post("/v1/jobs/validate", json=document).json()
    assert validated["valid"] is False
    assert [(error["pointer"], error["code"]) for error in validated["errors"]] == found
    return found


@pytest.mark.parametrize("value", ["5", True, 1.0, None, [5], {}])
@pytest.mark.parametrize("field", ["epochs", "batch_size"])
def test_row_19_a_value_of_another_type(http: httpx2.Client, field: str, value: Any) -> None:
    assert refused(http, {"optimization": {field: value}}) == [(f"/optimization/{field}", "int_type")]


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"sed": 1}, "/sed"),
        ({"optimization": {"lr": 1}}, "/optimization/lr"),
        ({"student": {"num_classes": 7}}, "/student/num_classes"),
        ({"owner": "someone else"}, "/owner"),
        ({"state": "succeeded"}, "/state"),
        ({"id": "job_01K9ZZZZZZZZZZZZZZZZZZZZZZ"}, "/id"),
        ({"regularizers": [{"kind": "l2", "extra": 1}]}, "/regularizers/0/extra"),
        ({"__class__": "x"}, "/__class__"),
    ],
)
def test_row_20_a_field_that_nobody_knows(http: httpx2.Client, document: dict[str, Any], place: str) -> None:
    assert refused(http, document) == [(place, "unknown_field")]


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        ("optimization/epochs", 0, "greater_than_equal"),
        ("optimization/epochs", -1, "greater_than_equal"),
        ("optimization/epochs", 10**12, "less_than_equal"),
        ("optimization/batch_size", 0, "greater_than_equal"),
        ("optimization/batch_size", 10**9, "less_than_equal"),
        ("optimization/learning_rate", 0, "greater_than"),
        ("optimization/learning_rate", -0.1, "greater_than"),
        ("optimization/learning_rate", 1e300, "less_than_equal"),
        ("optimization/momentum", 1, "less_than"),
        ("optimization/weight_decay", -1e-300, "greater_than_equal"),
        ("method/label_weight", -0.1, "greater_than_equal"),
        ("method/label_weight", 1e7, "less_than_equal"),
        ("stopping/target_accuracy", 1.1, "less_than_equal"),
        ("evaluation/validation_fraction", 0, "greater_than"),
        ("evaluation/validation_fraction", 1, "less_than_equal"),
        ("student/width", 0, "greater_than_equal"),
        ("student/width", 1e6, "less_than_equal"),
        ("seed", -1, "greater_than_equal"),
        ("seed", 2**32, "less_than_equal"),
        ("seed", 2**63 - 1, "less_than_equal"),
        ("priority", 101, "less_than_equal"),
        ("teacher/source/epochs", 0, "greater_than_equal"),
    ],
)
def test_row_37_a_number_out_of_bounds(http: httpx2.Client, place: str, value: float, code: str) -> None:
    document: Any = value
    for name in reversed(place.split("/")):
        document = {name: document}

    assert refused(http, document) == [(f"/{place}", code)]
    (error,) = problem(http.post("/v1/jobs", json=document), 422)["errors"]
    assert any(digit in error["detail"] for digit in "0123456789"), "the bound is named"


@pytest.mark.parametrize(
    ("term", "field"),
    [
        ({"kind": "soft_targets", "temperature": 0}, "temperature"),
        ({"kind": "soft_targets", "temperature": -4}, "temperature"),
        ({"kind": "soft_targets", "weight": -1}, "weight"),
        ({"kind": "hard_targets", "weight": 1e300}, "weight"),
        ({"kind": "decoupled", "temperature": 0}, "temperature"),
        ({"kind": "decoupled", "beta": -8}, "beta"),
        ({"kind": "normalized", "gamma": 1e300}, "gamma"),
        ({"kind": "learned_temperature", "reversal_epochs": 0}, "reversal_epochs"),
        ({"kind": "teacher_free", "confidence": 1}, "confidence"),
    ],
)
def test_row_37_a_term_out_of_bounds(http: httpx2.Client, term: dict[str, Any], field: str) -> None:
    assert [place for place, _ in refused(http, {"method": {"terms": [term]}})] == [
        f"/method/terms/0/{field}"
    ]


@pytest.mark.parametrize(
    ("field", "count"), [("tags", 33), ("regularizers", 33), ("tags", 10_000), ("regularizers", 10_000)]
)
def test_row_37_a_list_that_is_too_long(http: httpx2.Client, field: str, count: int) -> None:
    document = {field: ["l2"] * count}

    assert refused(http, document) == [(f"/{field}", "too_long")]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"student": {"architecture": "resnet18", "width": 0.5}}, ("/student/width", "not_applicable")),
        ({"teacher": {"architecture": "resnet18", "width": 2.0}}, ("/teacher/width", "not_applicable")),
        ({"student": {"classes": 7}}, ("/student/classes", "unknown_field")),
        ({"optimization": {"batch_size": 60_000}}, ("/optimization/batch_size", "less_than_equal")),
        ({"optimization": {"epochs": 2, "warmup_epochs": 9}}, ("/optimization/warmup_epochs", "less_than")),
        ({"method": {"label_weight": 0, "terms": []}}, ("/method", "nothing_to_learn")),
        (
            {"regularizers": [{"kind": "l1", "target": "no.such.*"}]},
            ("/regularizers/0/target", "no_such_layer"),
        ),
        ({"regularizers": [{"kind": "gradient_clipping"}]}, ("/regularizers/0", "one_of")),
    ],
)
def test_row_38_parts_that_do_not_fit_together(
    http: httpx2.Client, document: dict[str, Any], found: tuple[str, str]
) -> None:
    assert refused(http, document) == [found]


@pytest.mark.parametrize(
    ("document", "allowed"),
    [
        ({"student": "vgg99"}, list(get_args(AnyArchitecture))),
        ({"teacher": {"architecture": "<script>"}}, list(get_args(AnyArchitecture))),
        ({"method": {"terms": ["mind_reading"]}}, [term.model_fields["kind"].default for term in TERMS]),
        ({"optimization": {"optimizer": "sdg"}}, ["sgd", "adamw"]),
        ({"dataset": "imagenet"}, list(get_args(Builtin.model_fields["name"].annotation))),
        ({"task": "detection"}, list(get_args(Task))),
        ({"regularizers": ["l7"]}, [str(one.model_fields["kind"].default) for one in (*SOFT, *HARD)]),
        ({"student": {"stem": "large"}}, ["auto", "small", "imagenet"]),
    ],
)
def test_row_39_a_word_that_names_nothing(
    http: httpx2.Client, document: dict[str, Any], allowed: list[str]
) -> None:
    (error,) = problem(http.post("/v1/jobs", json=document), 422)["errors"]

    assert error["code"] == "literal_error"
    assert error["allowed"] == allowed
