"""What can't be learned from a batch in parts is refused before anything is queued."""

from typing import Any

import pytest

from core.spec.checks import problems
from tests.builders import a_spec

ROWS: dict[str, Any] = {
    "task": "tabular-regression",
    "dataset": {"kind": "formula"},
    "teacher": "mlp",
    "student": "mlp",
    "method": "logit_mse",
}


def found(**changes: Any) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in problems(a_spec(**changes))]


def in_parts(parts: int, batch_size: int = 32) -> dict[str, Any]:
    return {"accumulation": parts, "batch_size": batch_size}


def test_a_part_has_two_images_at_least() -> None:
    assert found(optimization=in_parts(16)) == []
    assert found(optimization=in_parts(17)) == [("/optimization/accumulation", "less_than_equal")]


def test_a_part_may_be_one_row() -> None:
    assert found(**ROWS, optimization=in_parts(32)) == []
    assert found(**ROWS, optimization=in_parts(33)) == [("/optimization/accumulation", "less_than_equal")]


@pytest.mark.parametrize(
    "kind", ["correlation", "similarity", "probabilistic", "relations", "correlation_congruence"]
)
def test_terms_that_compare_images_need_the_whole_batch(kind: str) -> None:
    method = {"terms": ["soft_targets", kind]}
    refused = ("/optimization/accumulation", "not_applicable")

    assert found(method=method, optimization=in_parts(1)) == []
    assert found(method=method, optimization=in_parts(2)) == [refused]
