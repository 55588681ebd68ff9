"""The catalog and the schema show exactly what a spec may hold."""

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from core.spec import JobSpec, catalog
from core.spec.datasets import BUILTIN, Builtin
from core.spec.exports import KINDS, ExportSpec
from core.spec.methods import TermSpec
from core.spec.models import AnyArchitecture
from core.spec.regularizers import HARD, SOFT, RegularizerSpec
from tests.builders import a_spec


def members(union: Any) -> set[type]:
    return set(get_args(get_args(union)[0]))


def kinds(union: Any) -> set[str]:
    return {member.model_fields["kind"].default for member in members(union)}


def test_every_term_is_in_the_catalog_with_its_label_weight() -> None:
    shown = {entry["kind"]: entry["label_weight"] for entry in catalog.methods()}

    assert set(shown) == kinds(TermSpec)
    assert shown["soft_targets"] == 0.1
    assert shown["hard_targets"] == 0.5


def test_every_regularizer_is_either_soft_or_hard() -> None:
    assert members(RegularizerSpec) == {*SOFT, *HARD}
    assert not {*SOFT} & {*HARD}
    assert {entry["kind"] for entry in catalog.regularizers()} == kinds(RegularizerSpec)


def test_every_architecture_and_data_set_is_in_the_catalog() -> None:
    assert {entry["name"] for entry in catalog.architectures()} == set(get_args(AnyArchitecture))
    assert {entry["name"] for entry in catalog.datasets()} == set(BUILTIN)
    assert set(get_args(Builtin.model_fields["name"].annotation)) == set(BUILTIN)


def test_every_export_is_in_the_catalog() -> None:
    assert members(ExportSpec) == set(KINDS)
    assert {entry["kind"] for entry in catalog.exports()} == kinds(ExportSpec)


@pytest.mark.parametrize(
    "entry",
    [*catalog.methods(), *catalog.regularizers(), *catalog.exports()],
    ids=lambda entry: entry["kind"],
)
def test_every_entry_explains_itself(entry: dict[str, Any]) -> None:
    assert entry["meaning"]
    assert all("default" in parameter for parameter in entry["parameters"])
    assert not [p["name"] for p in entry["parameters"] if "$ref" in str(p)]


@pytest.mark.parametrize("entry", catalog.methods(), ids=lambda entry: entry["kind"])
def test_the_defaults_of_a_term_are_a_sound_term(entry: dict[str, Any]) -> None:
    shown = {parameter["name"]: parameter["default"] for parameter in entry["parameters"]}

    assert a_spec(method={"terms": [{"kind": entry["kind"], **shown}]}) == a_spec(
        method={"terms": [entry["kind"]]}
    )


@pytest.mark.parametrize("name", sorted(catalog.SECTIONS))
def test_each_section_is_plain_json(name: str) -> None:
    TypeAdapter(list[dict[str, Any]]).dump_json(catalog.SECTIONS[name]())


def test_the_schema_is_closed_and_describes_each_field() -> None:
    schema = JobSpec.model_json_schema()

    objects = [schema, *(found for found in schema["$defs"].values() if found["type"] == "object")]
    assert all(found["additionalProperties"] is False for found in objects)
    assert set(schema["properties"]) == set(JobSpec.model_fields)
    assert "required" not in schema  # `{}` is a job
