"""--set reaches every place of a spec."""

from typing import Any

import click
import pytest

from app.cli.assignment import assign, value_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("1e-4", 1e-4),
        ("true", True),
        ("null", None),
        ('["a", "b"]', ["a", "b"]),
        ('{"kind": "l2"}', {"kind": "l2"}),
        ('"5"', "5"),
        ("mobilenet_v2", "mobilenet_v2"),
        ("", ""),
        ("a=b", "a=b"),
    ],
)
def test_a_value_is_json_or_else_text(text: str, value: Any) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("before", "assignment", "after"),
    [
        ({}, "seed=1", {"seed": 1}),
        ({}, "optimization.epochs=5", {"optimization": {"epochs": 5}}),
        ({"student": {"width": 1.0}}, "student.stem=small", {"student": {"width": 1.0, "stem": "small"}}),
        ({"student": None}, "student.stem=small", {"student": {"stem": "small"}}),
        ({"a": [{"b": 1}, {"b": 2}]}, "a[1].b=3", {"a": [{"b": 1}, {"b": 3}]}),
        ({"a": [{"b": 1}]}, "a.0.b=3", {"a": [{"b": 3}]}),
        ({"a": [1]}, "a[0]=2", {"a": [2]}),
        ({"a": [1]}, "a[1]=2", {"a": [1, 2]}),
        ({}, "regularizers[0].kind=l2", {"regularizers": [{"kind": "l2"}]}),
        ({}, "a=b=c", {"a": "b=c"}),
    ],
)
def test_a_value_lands_at_its_path(before: dict[str, Any], assignment: str, after: dict[str, Any]) -> None:
    assign(before, assignment)

    assert before == after


@pytest.mark.parametrize(
    ("document", "assignment", "why"),
    [
        ({}, "epochs", "write it like"),
        ({}, "=5", "write it like"),
        ({}, "a..b=5", "write it like"),
        ({"student": "mobilenet_v2"}, "student.width=1", "has no parts"),
        ({"a": [1]}, "a[2]=1", "not a place in a list of 1"),
        ({"a": [1]}, "a.first=1", "not a place in a list of 1"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(document: dict[str, Any], assignment: str, why: str) -> None:
    with pytest.raises(click.UsageError, match=why):
        assign(document, assignment)
