import pytest
import torch
from torch import nn

from core.spec import regularizers as specs
from core.spec.regularizers import Sparsity as Spec
from tests.worker.engine.builders import a_setting, a_trainer, at, train
from worker.engine import registry
from worker.engine.regularizers import sparsity as sparsity_module
from worker.engine.regularizers.sparsity import Sparsity, grow, share_at

WEIGHTS = ("conv.weight", "fc.weight")


def zeros(weight):
    return (weight == 0).double().mean().item()


def trained(**options):
    return train(a_trainer(regularizers=registry.regularizers((Spec(**options),))), epochs=4)


def test_the_share_rises_fast_at_first_and_then_stays():
    chosen = Spec(share=0.8, begin=1, epochs=4)

    found = [share_at(chosen, at(4 * epoch)) for epoch in (0, 1, 2, 3, 5, 9)]

    expected = [0, 0, 0.8 * (1 - 0.75**3), 0.8 * (1 - 0.5**3), 0.8, 0.8]
    assert found == pytest.approx(expected)


def test_without_a_length_the_ramp_takes_half_of_what_is_left():
    chosen = Spec(share=0.5, begin=2)

    assert [share_at(chosen, at(4 * epoch)) == 0.5 for epoch in (2, 5, 6)] == [False, False, True]


def test_the_smallest_weights_are_held_and_what_is_held_stays():
    weights, masks = [torch.tensor([0.3, -0.1, 2.0, -0.2])], [torch.zeros(4, dtype=torch.bool)]

    grow(masks, weights, 0.25)
    assert masks[0].tolist() == [False, True, False, False]

    weights[0][1] = 9.0  # a held weight that moved in between
    grow(masks, weights, 0.5)
    assert masks[0].tolist() == [False, True, False, True]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("weights", [torch.ones(8, 30), torch.randn(8, 30).clamp(-0.01, 0.01)])
def test_of_equal_weights_no_more_are_held_than_asked_for_and_not_all_in_one_place(weights, share):
    masks = [torch.zeros(8, 30, dtype=torch.bool)]

    for part in (share / 2, share):
        grow(masks, [weights], part)

    assert masks[0].sum().item() == round(share * 240)
    if weights.unique().numel() == 1:
        by_row = masks[0].sum(dim=1)
        assert by_row.max() - by_row.min() <= 3


def test_with_a_tight_limit_on_weights_the_share_is_still_the_one_that_was_asked_for():
    chosen = (specs.WeightClipping(max_abs=0.02), Spec(share=0.5, epochs=1))

    weights = train(a_trainer(regularizers=registry.regularizers(chosen)), epochs=3)

    for name in WEIGHTS:
        assert (weights[name].abs() == 0.02).any(), "the limit binds"
        assert (weights[name] == 0).sum() == round(0.5 * weights[name].numel())


def test_each_layer_or_all_together_have_the_share():
    network = nn.Sequential(nn.Linear(4, 1, bias=False), nn.Linear(1, 4, bias=False))
    shares = {}
    for scope in ("layer", "network"):
        with torch.no_grad():
            network[0].weight.copy_(torch.tensor([[0.1, 0.2, 0.3, 0.4]]))
            network[1].weight.copy_(torch.tensor([[1.0], [2.0], [3.0], [4.0]]))
        sparsity = Sparsity(Spec(share=0.5, epochs=0, scope=scope))
        sparsity.attach(a_setting(network))
        sparsity.after_step(at(0))
        shares[scope] = [zeros(layer.weight) for layer in network]

    assert shares == {"layer": [0.5, 0.5], "network": [1.0, 0.0]}


def test_the_smallest_are_looked_for_a_hundred_times_at_most_however_long_the_ramp(monkeypatch):
    grown = []

    def counted(masks, weights, share):
        grown.append(share)
        grow(masks, weights, share)

    monkeypatch.setattr(sparsity_module, "grow", counted)
    network, chosen = nn.Linear(4, 5), Spec(share=0.9, epochs=9)
    sparsity = Sparsity(chosen)
    sparsity.attach(a_setting(network))

    for step in range(2000):
        sparsity.after_step(at(step, steps_per_epoch=200))
        assert share_at(chosen, at(step, steps_per_epoch=200)) - sparsity.share < 0.9 / 100

    assert len(grown) <= 100
    assert grown[-1] == sparsity.share == 0.9
    assert sparsity.complete()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_after_training_the_share_is_exactly_0(share):
    weights = trained(share=share, begin=0.5, epochs=1)

    for name in WEIGHTS:
        count = weights[name].numel()
        assert (weights[name] == 0).sum().item() == round(share * count)


def test_held_weights_stay_0_under_momentum_and_decay():
    sparsity = registry.regularizers((Spec(share=0.5, epochs=0),))
    trainer = a_trainer(regularizers=sparsity, momentum=0.9, weight_decay=0.1)
    first = train(trainer, epochs=1)

    second = train(trainer, epochs=2)

    for name in WEIGHTS:
        assert torch.equal(first[name] == 0, second[name] == 0)
        assert not torch.equal(first[name], second[name])


def test_it_is_complete_once_the_share_is_reached():
    trainer = a_trainer(regularizers=registry.regularizers((Spec(share=0.5, begin=0, epochs=1),)))
    train(trainer, epochs=1)
    assert not trainer.complete()  # the ramp ends with the first step of the second epoch

    train(trainer, epochs=1)

    assert trainer.complete()


def test_a_target_restricts_it():
    weights = trained(share=0.5, begin=1, target="fc")

    assert zeros(weights["conv.weight"]) == 0
    assert zeros(weights["fc.weight"]) > 0.25
