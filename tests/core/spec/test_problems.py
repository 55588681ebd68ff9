"""Findings are told in the words of whoever posted the document."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from core.errors import FieldError
from core.spec import JobSpec
from core.spec.models import AnyArchitecture
from core.spec.places import pointer
from core.spec.problems import MOST, explain, suggestion


def findings(document: Any) -> list[FieldError]:
    with pytest.raises(ValidationError) as refused:
        JobSpec.model_validate(document)
    return list(explain(refused.value.errors(), document, JobSpec))


def finding(document: Any) -> FieldError:
    (only,) = findings(document)
    return only


def test_a_typo_is_shown_with_its_place_and_a_guess() -> None:
    found = finding({"optimization": {"lerning_rate": 0.1}})

    assert found.pointer == "/optimization/lerning_rate"
    assert found.code == "unknown_field"
    assert found.did_you_mean == "learning_rate"
    assert found.allowed is not None
    assert "learning_rate" in found.allowed
    assert "optimization" not in found.allowed


def test_an_unknown_word_is_shown_with_those_that_are_known() -> None:
    found = finding({"student": {"architecture": "mobilenetv2"}})

    assert found.pointer == "/student/architecture"
    assert found.got == "mobilenetv2"
    assert found.allowed == get_args(AnyArchitecture)
    assert found.did_you_mean == "mobilenet_v2"


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"student": "mobilenetv2"}, "/student"),
        ({"dataset": "cifar"}, "/dataset"),
        ({"teacher": {"source": "trian"}}, "/teacher/source"),
        ({"method": "soft_target"}, "/method"),
        ({"method": {"terms": ["soft_target"]}}, "/method/terms/0"),
        ({"regularizers": ["l2", "drop_out"]}, "/regularizers/1"),
    ],
)
def test_a_wrong_bare_word_is_shown_where_it_stands(document: dict[str, Any], place: str) -> None:
    found = finding(document)

    assert found.pointer == place
    assert found.code == "literal_error"
    assert found.did_you_mean in (found.allowed or ())


@pytest.mark.parametrize(
    ("document", "place", "code"),
    [
        ({"regularizers": [{"kind": "l3"}]}, "/regularizers/0/kind", "literal_error"),
        ({"regularizers": [{"kind": 5}]}, "/regularizers/0/kind", "literal_error"),
        ({"regularizers": [{"strength": 1}]}, "/regularizers/0/kind", "missing"),
        ({"regularizers": [{"kind": "l2", "strength": -1}]},
         "/regularizers/0/strength", "greater_than_equal"),
        ({"regularizers": [{"kind": "l2", "strenth": 1}]}, "/regularizers/0/strenth", "unknown_field"),
        ({"regularizers": [{"kind": "gradient_clipping"}]}, "/regularizers/0", "one_of"),
        ({"regularizers": ["gradient_clipping"]}, "/regularizers/0", "one_of"),
        # Fields that are called like a tag of pydantic's unions.
        ({"regularizers": [{"kind": "l2", "l2": {"strength": 1}}]}, "/regularizers/0/l2", "unknown_field"),
        ({"method": {"terms": [{"kind": "soft_targets", "soft_targets": 1}]}},
         "/method/terms/0/soft_targets", "unknown_field"),
        ({"optimization": {"betas": [0.9]}}, "/optimization/betas/1", "missing"),
        ({"optimization": {"betas": [0.9, 1]}}, "/optimization/betas/1", "less_than"),
    ],
)  # fmt: skip
def test_no_pointer_leads_through_the_tags_of_a_union(
    document: dict[str, Any], place: str, code: str
) -> None:
    found = finding(document)

    assert (found.pointer, found.code) == (place, code)


def test_every_finding_is_told_at_once() -> None:
    found = findings(
        {
            "seed": -1,
            "optimization": {"epochs": 0, "batch_size": "8"},
            "regularizers": [{"kind": "l2", "x": 1}],
        }
    )

    assert {f.pointer for f in found} == {
        "/seed",
        "/optimization/epochs",
        "/optimization/batch_size",
        "/regularizers/0/x",
    }


def test_a_bound_is_named() -> None:
    found = finding({"optimization": {"epochs": 0}})

    assert found.detail == "Input should be greater than or equal to 1"
    assert found.got == 0


@pytest.mark.parametrize(
    ("document", "place", "code", "detail"),
    [
        ([], "", "object_type", "must be an object"),
        ("x", "", "object_type", "must be an object"),
        ({"student": 5}, "/student", "object_type", "must be an object"),
        ({"regularizers": [5]}, "/regularizers/0", "object_type", "must be an object"),
        ({"regularizers": "l2"}, "/regularizers", "list_type", "must be a list"),
        ({"optimization": {"betas": 1}}, "/optimization/betas", "list_type", "must be a list"),
    ],
)
def test_types_are_called_as_json_calls_them(document: Any, place: str, code: str, detail: str) -> None:
    found = finding(document)

    assert (found.pointer, found.code, found.detail) == (place, code, detail)


def test_names_are_escaped_in_pointers() -> None:
    assert finding({"a/b~c": 1}).pointer == "/a~1b~0c"
    assert finding({"": 1}).pointer == "/"
    assert pointer(["a", 0, "~1"]) == "/a/0/~01"
    assert pointer([]) == ""


def test_a_long_text_is_not_sent_back_whole() -> None:
    named = finding({"name": "x" * 5000})
    unknown = finding({"y" * 5000: 1})

    assert len(named.got) < 200
    assert len(unknown.pointer) < 200


def test_an_endless_list_of_mistakes_is_cut() -> None:
    found = findings({f"field{number}": 1 for number in range(5000)})

    assert len(found) == MOST + 1
    assert found[-1] == FieldError("", "too_many", "there are more")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Resnet18", "resnet18"), ("resnet-18", "resnet18"), ("vgg", None), ("", None), (5, None), (None, None)],
)
def test_a_guess_is_made_only_where_it_is_near(typed: Any, meant: str | None) -> None:
    assert suggestion(typed, ("resnet18", "mobilenet_v2", "linear", "mlp")) == meant


@pytest.mark.parametrize("gpus", [9, -1, "all", None, True, 1.0, 1.5])
def test_a_demand_that_no_worker_can_meet_is_one_finding(gpus: Any) -> None:
    found = finding({"resources": {"gpus": gpus}})

    assert (found.pointer, found.code) == ("/resources/gpus", "literal_error")
    assert found.detail == "Input should be 'auto', 0, 1, 2, 3, 4, 5, 6, 7 or 8"
    assert found.allowed == ("auto", *range(9))


@pytest.mark.parametrize(
    ("document", "place", "code", "detail"),
    [
        ({"tags": [str(n) for n in range(33)]}, "/tags", "too_long", "must be a list of at most 32 items"),
        ({"exports": ["onnx"] * 4}, "/exports", "too_long", "must be a list of at most 3 items"),
        ({"student": {"architecture": "mlp", "hidden": []}}, "/student/hidden", "too_short",
         "must be a list of at least 1 item"),
        ({"optimization": {"betas": [0.1, 0.2, 0.3]}}, "/optimization/betas", "too_long",
         "must be a list of at most 2 items"),
    ],
)  # fmt: skip
def test_a_list_of_the_wrong_length_is_called_a_list(
    document: Any, place: str, code: str, detail: str
) -> None:
    found = finding(document)

    assert (found.pointer, found.code, found.detail) == (place, code, detail)
