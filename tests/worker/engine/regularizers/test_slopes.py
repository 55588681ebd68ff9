import pytest
import torch

from core.spec.regularizers import ACTIVATIONS
from worker.engine.models import wiring
from worker.engine.regularizers.slopes import SQUARED_SLOPES, STEPPED

BETWEEN_KINKS = torch.tensor([-4.1, -2.9, -1.3, -0.2, 0.1, 0.8, 2.4, 3.2, 5.9, 6.4], dtype=torch.float64)


@pytest.mark.parametrize(("module", "kind"), wiring.ACTIVATIONS.items(), ids=ACTIVATIONS)
def test_it_is_the_square_of_what_autograd_says(module, kind):
    z = BETWEEN_KINKS.clone().requires_grad_()

    (slope,) = torch.autograd.grad(module()(z).sum(), z)

    torch.testing.assert_close(SQUARED_SLOPES[kind](z).double(), slope.square(), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("kind", sorted(set(ACTIVATIONS) - STEPPED))
def test_its_own_gradient_is_right(kind):
    assert torch.autograd.gradcheck(SQUARED_SLOPES[kind], BETWEEN_KINKS.clone().requires_grad_())


@pytest.mark.parametrize("kind", sorted(STEPPED))
def test_between_two_kinks_nothing_flows(kind):
    assert not SQUARED_SLOPES[kind](BETWEEN_KINKS.clone().requires_grad_()).requires_grad


def test_all_that_can_be_asked_for_are_there():
    assert tuple(SQUARED_SLOPES) == tuple(wiring.ACTIVATIONS.values()) == ACTIVATIONS
