"""Training in float16: nothing is lost below its smallest number, and what overflows is left out."""

import pytest
import torch
from torch import nn

from core.spec import regularizers as specs
from core.spec.checks import problems
from tests.builders import a_spec
from tests.worker.engine.builders import CPU, a_batch, a_network, a_trainer, same_bits, the_batches, train
from worker.engine import registry
from worker.engine.loss_scale import LossScale
from worker.engine.trainer import OBJECTIVE

HALF = torch.float16
FIRST = 65536.0  # the scale before anything has overflowed


def in_float16(**options):
    trainer = a_trainer(**options)
    trainer.autocast = HALF
    trainer.scale = LossScale(trainer.optimizer, HALF, CPU)
    return trainer


def overflow(trainer):
    """A step whose gradient is not finite."""
    hook = trainer.network.fc.weight.register_hook(lambda gradient: gradient * float("inf"))
    trainer.step(a_batch())
    hook.remove()


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_it_learns(kind):
    trainer = in_float16(optimizer=kind, learning_rate=0.05)

    train(trainer, epochs=1)
    first = trainer.tally.read().values[OBJECTIVE]
    train(trainer, epochs=10)
    train(trainer, epochs=1)

    assert trainer.tally.read().values[OBJECTIVE] < 0.5 * first


def test_a_gradient_too_small_for_float16_arrives():
    layer = nn.Linear(1, 1, bias=False)
    scale = LossScale(torch.optim.SGD(layer.parameters(), lr=1.0), HALF, CPU)

    with torch.autocast("cpu", HALF):
        answer = layer(torch.ones(1, 1))
    scale.scaled((1e-9 * answer.float()).sum()).backward()
    scale.unscale()

    assert layer.weight.grad.item() == pytest.approx(1e-9, rel=1e-3)


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_a_step_that_overflows_is_left_out_and_told(kind):
    trainer, other = in_float16(optimizer=kind), in_float16(optimizer=kind)
    before = [parameter.clone() for parameter in trainer.network.parameters()]

    overflow(trainer)

    assert all(map(torch.equal, trainer.network.parameters(), before))
    assert trainer.measures() == {"train/loss_scale": FIRST / 2, "train/skipped_steps": 1.0}

    overflow(other)
    trainer.step(a_batch())
    assert trainer.measures() == {"train/loss_scale": FIRST / 2, "train/skipped_steps": 1.0}
    assert all(parameter.isfinite().all() for parameter in trainer.network.parameters())
    assert not any(map(torch.equal, trainer.network.fc.parameters(), other.network.fc.parameters()))


def test_after_a_first_step_that_was_left_out_momentum_is_that_of_the_second():
    trainer, plain = in_float16(), in_float16()
    overflow(trainer)
    trainer.network.load_state_dict(plain.network.state_dict())  # statistics have moved

    trainer.step(a_batch())
    plain.step(a_batch())

    for ours, theirs in zip(trainer.network.parameters(), plain.network.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_limits_see_the_gradient_without_its_scale():
    trainer = in_float16(regularizers=registry.regularizers((specs.GradientClipping(max_norm=1e-3),)))

    trainer.step(a_batch())

    gradients = [parameter.grad for parameter in trainer.network.parameters()]
    assert torch.nn.utils.get_total_norm(gradients).item() == pytest.approx(1e-3, rel=1e-5)


def test_no_step_reads_a_tensor_on_the_host(monkeypatch):
    trainer, batches = in_float16(), the_batches().epoch(1)
    trainer.step(next(batches))
    for name in ("item", "tolist", "cpu", "numpy", "__bool__", "__float__", "__int__", "__index__"):
        monkeypatch.setattr(torch.Tensor, name, lambda *_: pytest.fail("the host read a tensor"))

    for batch in batches:
        trainer.step(batch)


def test_it_goes_on_from_a_checkpoint_as_if_nothing_had_happened():
    whole, first, second = (in_float16() for _ in range(3))
    for trainer in (whole, first):
        overflow(trainer)
        train(trainer)

    second.restore(first.state())

    assert same_bits(train(second), train(whole))
    assert second.measures() == whole.measures()


def test_of_other_types_nothing_is_scaled():
    trainer = a_trainer()

    assert trainer.scale.state() == {}
    assert trainer.scale.measures() == {}
    assert same_bits(train(trainer), train(a_trainer(a_network())))


def test_half_precision_leaves_nothing_of_a_gradient_s_gradient():
    noise = {"kind": "gradient_noise", "mode": "exact"}
    spec = a_spec(regularizers=[noise], optimization={"precision": "float16"})

    assert [(one.pointer, one.code) for one in problems(spec)] == [("/regularizers/0/mode", "not_applicable")]
