"""Data sets that are tables: how they are named, and what is known of them."""

from typing import Any

import pytest

from core.spec.datasets import DatasetFacts, facts_of
from core.spec.tables import Column, Columns, Formula, Table, TableFacts
from tests.builders import a_spec

ID = "ds_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z"
HOUSES = Columns(
    "houses",
    120,
    (
        Column("area", None, False),
        Column("rooms", 7, False),
        Column("city", 3, True),
        Column("price", None, False),
    ),
)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"id": ID, "target": "price"}, {"kind": "table", "id": ID, "target": "price"}),
        ({"slopes": [3.0]}, {"kind": "formula", "slopes": [3.0]}),
        ({"form": "logistic"}, {"kind": "formula", "form": "logistic"}),
        ("diabetes", {"kind": "builtin", "name": "diabetes"}),
    ],
)
def test_the_kind_is_told_from_the_fields(short: Any, long: dict[str, Any]) -> None:
    assert a_spec(dataset=short) == a_spec(dataset=long)


def test_all_columns_of_numbers_but_the_target_are_inputs() -> None:
    assert HOUSES.numbers("price") == ("area", "rooms")
    assert facts_of(Table(id=ID, target="price"), HOUSES) == TableFacts("houses", 120, 2, None, True)


def test_words_and_whole_numbers_can_be_classes() -> None:
    assert facts_of(Table(id=ID, target="city"), HOUSES) == TableFacts("houses", 120, 3, 3, False)
    assert facts_of(Table(id=ID, target="rooms", inputs=["area"]), HOUSES) == TableFacts(
        "houses", 120, 1, 7, True
    )


def test_a_formula_has_as_many_inputs_as_slopes() -> None:
    assert facts_of(Formula(slopes=[1, 2, 3], rows=7), None) == TableFacts(
        "rows of a formula", 7, 3, None, True
    )
    assert facts_of(Formula(form="logistic"), None) == TableFacts("rows of a formula", 100, 1, 2, False)


def test_nothing_is_known_of_a_table_that_holds_images() -> None:
    images = DatasetFacts("pets", 3, 32, 100, 0)

    assert facts_of(Table(id=ID, target="price"), images) is None
    assert facts_of(Table(id=ID, target="height"), HOUSES) is None
