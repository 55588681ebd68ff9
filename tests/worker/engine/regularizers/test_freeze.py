import pytest
import torch

from core.errors import InvalidJob
from core.spec import regularizers as specs
from tests.worker.engine.builders import a_network, a_setting, a_trainer, train
from worker.engine import registry
from worker.engine.regularizers.freeze import Freeze

FROZEN = ("conv.weight", "conv.bias", "norm.weight", "norm.bias")


@pytest.mark.parametrize(
    "settings", [{"momentum": 0.9, "weight_decay": 0.1}, {"optimizer": "adamw", "weight_decay": 0.1}]
)
def test_frozen_layers_keep_every_bit_under_momentum_and_decay(settings):
    freeze = registry.regularizers((specs.Freeze(target="[cn]o*"), specs.L2(strength=0.1)))

    weights = train(a_trainer(regularizers=freeze, **settings), epochs=3)

    before = a_network().state_dict()
    assert all(torch.equal(weights[name], before[name]) for name in FROZEN)
    assert not torch.equal(weights["fc.weight"], before["fc.weight"])


@pytest.mark.parametrize(
    "noise", [specs.GradientNoise(mode="exact"), specs.GradientNoise(mode="perturb", strength=0.1)]
)
def test_noise_on_gradients_leaves_them_alone(noise):
    weights = train(a_trainer(regularizers=registry.regularizers((noise, specs.Freeze(target="conv")))))

    assert torch.equal(weights["conv.weight"], a_network().conv.weight)


def test_limits_pass_them_over():
    limits = registry.regularizers((specs.WeightClipping(max_abs=0.01), specs.Freeze(target="conv")))

    weights = train(a_trainer(regularizers=limits))

    assert torch.equal(weights["conv.weight"], a_network().conv.weight)
    assert weights["fc.weight"].abs().max().item() <= 0.01


def test_a_target_that_matches_nothing_is_refused():
    with pytest.raises(InvalidJob, match="no layer is named like 'nothing'"):
        Freeze(specs.Freeze(target="nothing")).attach(a_setting(a_network()))
