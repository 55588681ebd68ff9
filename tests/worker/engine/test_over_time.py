"""How strengths change over time: each shape from its own words."""

import math

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from core.spec.logit_terms import HardTargets
from core.spec.methods import Method
from core.spec.over_time import OverTime, is_never
from core.spec.regularizers import L2
from tests.worker.engine.builders import a_moment, a_trainer, at, same_bits, train
from worker.engine import registry
from worker.engine.over_time import factor


def the_factor(chosen, step, steps_per_epoch=4, epochs=10):
    return factor(TypeAdapter(OverTime).validate_python(chosen), at(int(step), steps_per_epoch, epochs))


def test_constant_is_always_1():
    assert [the_factor("constant", step) for step in (0, 17, 39)] == [1, 1, 1]


def test_warm_up_rises_in_a_straight_line_and_stays():
    chosen = {"kind": "warm_up", "epochs": 5}

    assert [the_factor(chosen, 4 * epoch) for epoch in (0, 1, 2.5, 5, 9)] == [0, 0.2, 0.5, 1, 1]


def test_linear_goes_from_start_to_end_over_all_epochs():
    assert [the_factor("linear", 4 * epoch) for epoch in (0, 5, 10)] == [1, 0.5, 0]


def test_cosine_is_slow_at_both_ends():
    found = [the_factor("cosine", 4 * epoch) for epoch in (0, 2.5, 5, 7.5, 10)]

    expected = [(1 + math.cos(math.pi * share)) / 2 for share in (0, 0.25, 0.5, 0.75, 1)]
    assert found == pytest.approx(expected)


def test_a_change_begins_and_ends_when_it_is_told_to():
    chosen = {"kind": "linear", "start": 0.2, "end": 1.0, "begin": 2, "epochs": 4}

    assert [the_factor(chosen, 4 * epoch) for epoch in (0, 2, 4, 6, 9)] == pytest.approx(
        [0.2, 0.2, 0.6, 1, 1]
    )


def test_a_change_that_begins_after_the_last_epoch_never_comes():
    assert the_factor({"kind": "linear", "begin": 12}, 39) == 1.0


@pytest.mark.parametrize(
    "wrong", [{"kind": "warm_up", "epochs": 0}, {"kind": "linear", "start": -1}, "steep"]
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        TypeAdapter(OverTime).validate_python(wrong)


def test_a_penalty_follows_its_schedule():
    penalty = registry.regularizers((L2(strength=1.0, over_time={"kind": "warm_up", "epochs": 10}),))
    trainer = a_trainer(regularizers=penalty, learning_rate=1e-9)

    train(trainer, epochs=1)
    first = trainer.tally.read().values["l2"]
    train(trainer, epochs=1)

    # Steps 0 to 3 of 40, then 4 to 7.
    assert trainer.tally.read().values["l2"] / first == pytest.approx(
        (4 + 5 + 6 + 7) / (0 + 1 + 2 + 3), rel=1e-4
    )


def test_a_term_follows_its_schedule():
    objective = registry.objective(
        Method.model_validate(
            {
                "label_weight": 0.0,
                "terms": [
                    {"kind": "hard_targets", "weight": 2.0, "over_time": {"kind": "warm_up", "epochs": 2}}
                ],
            }
        )
    )
    losses = objective.losses(a_moment(torch.randn(4, 3), torch.randn(4, 3)))

    totals = [objective.total(losses, at(step)).item() for step in (0, 4, 8)]
    assert totals == pytest.approx([0, losses["hard_targets"].item(), 2 * losses["hard_targets"].item()])


def test_what_is_never_there_changes_no_bit():
    never = {"kind": "linear", "start": 0, "end": 0}

    assert is_never(TypeAdapter(OverTime).validate_python(never))
    trainer = a_trainer(regularizers=registry.regularizers((L2(strength=1.0, over_time=never),)))
    assert same_bits(train(trainer), train(a_trainer()))


def test_what_begins_after_the_last_epoch_is_left_out():
    late = {"kind": "linear", "start": 0, "end": 1, "begin": 10}
    method = Method(label_weight=1.0, terms=(HardTargets(over_time=late),))

    assert [len(registry.regularizers((L2(over_time=late),), epochs)) for epochs in (10, 11)] == [0, 1]
    assert [len(registry.objective(method, epochs=epochs).parts) for epochs in (10, 11)] == [1, 2]
