"""Which jobs tell how long another will take."""

from typing import Any

import pytest

from core.spec.likeness import likeness
from core.spec.resolve import resolve
from tests.builders import a_spec


def digest(**asked: Any) -> str:
    return likeness(resolve(a_spec(**asked))[0])


@pytest.mark.parametrize(
    "other",
    [
        {"optimization": {"accumulation": 4}},
        {"optimization": {"batch_size": 64}},
        {"optimization": {"precision": "bfloat16"}},
        {"student": {"width": 0.5}},
    ],
)
def test_what_changes_the_cost_of_an_epoch_makes_another(other: dict[str, Any]) -> None:
    assert digest(**other) != digest()


@pytest.mark.parametrize("other", [{"seed": 5}, {"optimization": {"epochs": 3}}, {"name": "mine"}])
def test_what_does_not_is_passed_over(other: dict[str, Any]) -> None:
    assert digest(**other) == digest()
