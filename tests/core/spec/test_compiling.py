"""The resolved spec says whether the student's step is compiled, and why not."""

from typing import Any

import pytest

from core.spec.checks import problems
from core.spec.resolve import resolve
from tests.builders import a_spec

UPLOADED = {"dataset": "ds_" + "0" * 26}


def used(**asked: Any) -> tuple[str, str]:
    resolved, origins = resolve(a_spec(**asked))
    return resolved.optimization.compile, origins["/optimization/compile"]


def test_it_is_where_it_pays() -> None:
    assert used(dataset="cifar10") == (
        "on",
        "rule: 2,700,000 images are enough for it to pay, 1,500,000 would do",
    )


def test_it_is_not_where_little_is_trained() -> None:
    assert used(dataset="digits") == (
        "off",
        "rule: 77,580 images are too few for it to pay, 1,500,000 would do",
    )


def test_what_is_given_stays() -> None:
    assert used(optimization={"compile": "on"}) == ("on", "given")


def test_a_set_of_which_nothing_is_known_leaves_it_open() -> None:
    assert used(**UPLOADED) == ("auto", "default")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"method": {"terms": [{"kind": "attention"}]}}, "attention listens to the student's stages"),
        ({"regularizers": [{"kind": "dropout", "rate": 0.1}]}, "dropout reaches into the student's step"),
        ({"task": "tabular-regression", "dataset": "diabetes"}, "networks of tables are small"),
    ],
)
def test_what_reaches_into_the_step_is_interpreted(asked: dict[str, Any], why: str) -> None:
    assert used(**asked) == ("off", f"rule: {why}")
    (problem,) = problems(a_spec(**asked, optimization={"compile": "on"}))
    assert (problem.pointer, problem.code) == ("/optimization/compile", "not_applicable")
    assert problem.detail == why


def test_a_regularizer_that_does_nothing_is_no_reason() -> None:
    assert used(regularizers=[{"kind": "dropout", "rate": 0}])[0] == "on"


def test_nor_is_a_term_without_weight() -> None:
    assert used(method={"terms": ["soft_targets", {"kind": "attention", "weight": 0}]})[0] == "on"
