import pytest
import torch

from core.errors import InvalidJob
from core.spec.feature_terms import Hints
from core.spec.logit_terms import HardTargets, SoftTargets
from core.spec.methods import Method
from tests.worker.engine.builders import FIRST, a_moment
from worker.engine import registry

MOMENT = a_moment(
    torch.randn(4, 3, generator=torch.Generator().manual_seed(0)),
    torch.randn(4, 3, generator=torch.Generator().manual_seed(1)),
)


def test_the_objective_is_the_weighted_sum_of_its_terms():
    objective = registry.objective(
        Method(label_weight=0.25, terms=(SoftTargets(weight=2.0), HardTargets(weight=0.5)))
    )

    losses = objective.losses(MOMENT)

    expected = 0.25 * losses["label"] + 2.0 * losses["soft_targets"] + 0.5 * losses["hard_targets"]
    assert objective.total(losses, FIRST).item() == pytest.approx(expected.item())


def test_a_penalty_counts_as_it_is():
    objective = registry.objective(Method(label_weight=0.5, terms=()))
    losses = objective.losses(MOMENT)

    total = objective.total({**losses, "l2": torch.tensor(3.0)}, FIRST)

    assert total.item() == pytest.approx(0.5 * losses["label"].item() + 3.0)


def test_terms_of_weight_0_are_left_out():
    objective = registry.objective(Method(label_weight=1.0, terms=(SoftTargets(weight=0.0),)))

    assert set(objective.parts) == {"label"}
    assert not objective.reads_teacher


def test_the_label_loss_can_be_left_out_too():
    assert set(registry.objective(Method(label_weight=0.0)).parts) == {"soft_targets"}


def test_nothing_to_learn_is_refused():
    with pytest.raises(InvalidJob, match="nothing to learn"):
        registry.objective(Method(label_weight=0.0, terms=(SoftTargets(weight=0.0),)))


def test_a_term_that_occurs_twice_is_numbered():
    terms = (SoftTargets(temperature=1.0), HardTargets(), SoftTargets(temperature=4.0))

    objective = registry.objective(Method(label_weight=1.0, terms=terms))

    assert list(objective.parts) == ["label", "soft_targets[0]", "hard_targets", "soft_targets[1]"]


def test_a_term_that_does_nothing_leaves_another_of_its_kind_its_name_and_so_what_it_draws():
    idle, never = Hints(weight=0.0, stage=3), Hints(over_time={"kind": "linear", "start": 0, "end": 0})

    objective = registry.objective(Method(label_weight=1.0, terms=(idle, Hints(stage=2), never)), epochs=3)

    assert set(objective.parts) == {"label", "hints"}
