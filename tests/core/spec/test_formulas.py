"""A formula whose rows leave nothing to learn is refused before it is queued."""

from typing import Any

import pytest

from tests.core.spec.test_tabular import found


@pytest.mark.parametrize(
    ("form", "formula", "expected"),
    [
        ("linear", {"slopes": [0.0, 0.0]}, ("slopes", "one_value")),
        ("linear", {"slopes": [0.0], "noise": 1.0}, None),
        ("rectified", {"slopes": [0.0]}, ("slopes", "one_value")),
        ("logistic", {"slopes": [1.0], "intercept": 50.0}, ("intercept", "one_class")),
        ("logistic", {"slopes": [1.0], "intercept": -1e6}, ("intercept", "one_class")),
        ("logistic", {"slopes": [0.0]}, None),
        ("logistic", {"slopes": [50.0], "intercept": 50.0}, None),
    ],
)
def test_a_formula_with_one_target_is_refused(
    form: str, formula: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    task = "tabular-classification" if form == "logistic" else "tabular-regression"
    document = {"task": task, "dataset": {"form": form, **formula}, "optimization": {"batch_size": 8}}

    assert found(document) == ([(f"/dataset/{expected[0]}", expected[1])] if expected else [])
