import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from core.spec.regularizers import Dropout as Spec
from tests.worker.engine.builders import (
    CLASSES,
    FIRST,
    a_batch,
    a_network,
    a_setting,
    a_trainer,
    at,
    same_bits,
    train,
)
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.resnet import RESNET18
from worker.engine.regularizers.dropout import Dropout, depth_rate, drop


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_dropped_activations_are_zero_and_the_rest_makes_up_for_them():
    dropped = drop(torch.ones(100_000), 0.3, generator())

    assert set(dropped.unique().tolist()) == {0.0, torch.tensor(1 / 0.7).item()}
    assert (dropped == 0).double().mean().item() == pytest.approx(0.3, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.01)


def test_gradients_flow_through_kept_activations_only():
    activations = torch.ones(1000, requires_grad=True)

    dropped = drop(activations, 0.5, generator())
    dropped.sum().backward()

    assert torch.equal(activations.grad, dropped.detach())


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_at_rate_one_half_the_depth_schedule_is_that_of_the_source_document(layer, alpha):
    source = 1 - 1 / (1 + math.exp(alpha * (layer - 1)))

    assert depth_rate(0.5, alpha, layer) == pytest.approx(min(0.9, source))


def test_the_depth_schedule_starts_at_the_rate_rises_and_is_capped():
    rates = [depth_rate(0.3, 1.0, layer) for layer in range(1, 6)]

    assert rates[0] == pytest.approx(0.3)
    assert rates == sorted(rates)
    assert depth_rate(0.9, 100.0, 50) == 0.9


def attached(network, seed=0, **options):
    dropout = Dropout(Spec(**options))
    dropout.attach(a_setting(network, seed=seed))
    return dropout


def test_it_is_off_in_evaluation():
    plain, dropped = a_network().eval(), a_network()
    attached(dropped, rate=0.9)
    images = a_batch().images

    assert torch.equal(dropped.eval()(images), plain(images))


@pytest.mark.parametrize("placement", ["classifier", "stages"])
def test_it_changes_the_answers_in_training(placement):
    plain, dropped = a_network().train(), a_network().train()
    dropout = attached(dropped, rate=0.5, placement=placement)
    images = a_batch().images

    with dropout.around_backward(FIRST):
        assert not torch.equal(dropped(images), plain(images))


def test_its_masks_depend_on_seed_name_and_step_only():
    network = a_network().train()
    dropout = attached(network, rate=0.5)
    images = a_batch().images

    def answer(step):
        with dropout.around_backward(at(step)):
            return network(images)

    first = answer(3)
    torch.rand(5)  # someone else draws
    answer(4)

    assert torch.equal(answer(3), first)
    assert not torch.equal(answer(4), first)


def test_each_part_of_a_batch_has_masks_of_its_own():
    network = a_network().train()
    dropout = attached(network, rate=0.5)

    def answer(part):
        with dropout.around_backward(replace(FIRST, part=part)):
            return network(a_batch().images)

    assert not torch.equal(answer(0), answer(1))
    assert torch.equal(answer(1), answer(1))


def test_another_seed_draws_other_masks():
    images, answers = a_batch().images, []
    for seed in (0, 1):
        network = a_network().train()
        with attached(network, seed=seed, rate=0.5).around_backward(FIRST):
            answers.append(network(images))

    assert not torch.equal(*answers)


def test_it_leaves_the_names_of_the_weights_alone():
    network = a_network()
    attached(network, rate=0.5, placement="stages")

    assert network.state_dict().keys() == a_network().state_dict().keys()


@pytest.mark.parametrize("architecture", [RESNET18, MOBILENET_V2])
@pytest.mark.parametrize("placement", ["classifier", "stages"])
def test_real_networks_have_the_places_it_needs(architecture, placement):
    network = architecture.build(CLASSES, 1.0, "imagenet").train()
    dropout = Dropout(Spec(rate=0.5, placement=placement, schedule="depth"))
    dropout.attach(replace(a_setting(network), architecture=architecture))
    images = torch.randn(2, 3, 32, 32)

    with dropout.around_backward(FIRST):
        network(images).sum().backward()

    assert all(parameter.grad is not None for parameter in network.parameters())


def test_its_rate_can_change_over_time():
    network = a_network().train()
    dropout = attached(network, rate=0.5, over_time={"kind": "linear", "start": 0, "end": 1, "epochs": 10})
    images = a_batch().images

    def answer(step):
        with dropout.around_backward(at(step)):
            return network(images)

    assert torch.equal(answer(0), a_network().train()(images))
    assert not torch.equal(answer(20), answer(0))


def test_a_training_with_it_can_be_repeated():
    weights = [
        train(a_trainer(regularizers={"dropout": Dropout(Spec(rate=0.3))}), epochs=2) for _ in range(2)
    ]

    assert same_bits(*weights)
    assert not same_bits(weights[0], train(a_trainer(), epochs=2))


def test_torchvisions_own_dropout_is_off():
    network = MOBILENET_V2.build(CLASSES, 1.0, "imagenet")

    assert [module.p for module in network.modules() if isinstance(module, nn.Dropout)] == [0.0]
