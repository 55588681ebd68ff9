"""What can be asked for is exactly what is implemented."""

from typing import Any, get_args

import pytest

from core.spec import architectures
from core.spec.datasets import BUILTIN
from core.spec.exports import ExportSpec
from core.spec.methods import TermSpec
from core.spec.models import AnyArchitecture, Architecture
from core.spec.regularizers import RegularizerSpec
from core.spec.tabular_networks import TabularArchitecture
from core.spec.term import TermBase
from worker.engine import registry
from worker.engine.taps import NOTHING


def members(union: Any) -> set[type]:
    """The classes of a tagged union."""
    return set(get_args(get_args(union)[0]))


@pytest.mark.parametrize(
    ("union", "table"),
    [
        (TermSpec, registry.TERMS),
        (RegularizerSpec, registry.REGULARIZERS),
        (ExportSpec, registry.EXPORTS),
    ],
    ids=["terms", "regularizers", "exports"],
)
def test_every_spec_has_exactly_one_implementation(union: Any, table: dict[type, Any]) -> None:
    assert len(members(union)) > 1
    assert set(table) == members(union)
    assert len(set(table.values())) == len(table)


@pytest.mark.parametrize(
    "union", [TermSpec, RegularizerSpec, ExportSpec], ids=["terms", "regularizers", "exports"]
)
def test_every_kind_has_a_word_of_its_own(union: Any) -> None:
    kinds = [member.model_fields["kind"].default for member in members(union)]

    assert len(set(kinds)) == len(kinds)


def test_every_data_set_and_architecture_has_exactly_one_implementation() -> None:
    assert set(registry.DATASETS) == set(BUILTIN)
    assert set(registry.ARCHITECTURES) == set(get_args(Architecture))
    assert set(registry.PERCEPTRONS) == set(get_args(TabularArchitecture))
    assert set(architectures.table()) == set(get_args(AnyArchitecture))


@pytest.mark.parametrize("spec", sorted(members(TermSpec), key=lambda spec: spec.__name__))
def test_a_terms_spec_says_what_the_term_reads_of_the_teacher(spec: type[TermBase]) -> None:
    """Or the resolved spec would promise a look-up of what no table holds."""
    term = registry.TERMS[spec](spec())
    reads = "nothing" if not term.reads_teacher else "logits" if term.needs == NOTHING else "features"

    assert spec.hears == reads
