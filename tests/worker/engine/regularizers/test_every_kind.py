"""What must hold of every regularizer, whatever it does."""

import pytest
import torch

from core.spec import regularizers as specs
from core.spec.over_time import Linear
from tests.worker.engine.builders import a_network, a_setting, a_trainer, same_bits, the_batches, train
from tests.worker.engine.regularizers.kinds import EVERY, HARD, LOOSE, PENALTIES, SOFT
from worker.engine import registry
from worker.engine.exports.checkpoints import state_dict
from worker.engine.trainer import OBJECTIVE

NEVER = {"kind": "linear", "start": 0, "end": 0}
WEIGHTS = ("conv.weight", "fc.weight")
HALF = Linear(start=0.5, end=0.5)

each = pytest.mark.parametrize("chosen", EVERY, ids=lambda chosen: chosen.kind)


@pytest.fixture(scope="module")
def plain():
    """The weights after a training without any."""
    return train(a_trainer(), epochs=2)


def trained(*chosen, epochs=2):
    return train(a_trainer(regularizers=registry.regularizers(chosen)), epochs=epochs)


def test_none_is_missing():
    assert tuple(map(type, SOFT)) == specs.SOFT
    assert tuple(map(type, HARD)) == specs.HARD
    assert {type(loose) for loose in LOOSE} == {*specs.HARD} - {specs.Freeze}


@pytest.mark.parametrize("kind", [*specs.SOFT, specs.Sparsity], ids=lambda kind: kind.__name__)
def test_of_strength_0_it_changes_no_bit(kind, plain):
    assert same_bits(trained(kind(**{kind.force: 0})), plain)


@pytest.mark.parametrize("chosen", SOFT, ids=lambda chosen: chosen.kind)
def test_of_strength_0_it_changes_no_bit_of_another_of_its_kind(chosen):
    idle = chosen.model_copy(update={chosen.force: 0})

    assert same_bits(trained(idle, chosen, epochs=1), trained(chosen, epochs=1))


@pytest.mark.parametrize("kind", specs.SOFT, ids=lambda kind: kind.__name__)
def test_on_a_schedule_that_is_always_0_it_changes_no_bit(kind, plain):
    assert same_bits(trained(kind(over_time=NEVER)), plain)


@pytest.mark.parametrize("chosen", SOFT, ids=lambda chosen: chosen.kind)
def test_a_schedule_scales_its_strength_and_nothing_else(chosen):
    half = getattr(chosen, chosen.force) / 2
    scheduled = chosen.model_copy(update={"over_time": HALF})

    assert same_bits(trained(scheduled), trained(chosen.model_copy(update={chosen.force: half})))


@pytest.mark.parametrize("tight", [1.001, 1.05, 1.3])
def test_a_limit_on_norms_just_above_them_changes_no_bit(tight):
    weights = [a_network().get_parameter(name).detach().flatten(1).double() for name in WEIGHTS]
    longest = max(weight.norm(dim=1).max().item() for weight in weights)
    widest = max(torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    limits = (specs.MaxNorm(radius=tight * longest), specs.SpectralNorm(limit=tight * widest))
    network = a_network()

    for limit in registry.regularizers(limits).values():
        limit.attach(a_setting(network))

    assert same_bits(network.state_dict(), a_network().state_dict())


@pytest.mark.parametrize("loose", LOOSE, ids=lambda chosen: chosen.kind)
def test_a_limit_that_never_binds_changes_no_bit(loose, plain):
    assert same_bits(trained(loose), plain)


@each
def test_it_changes_the_training_and_can_be_repeated(chosen, plain):
    weights = trained(chosen)

    assert not same_bits(weights, plain)
    assert same_bits(weights, trained(chosen))
    assert all(value.isfinite().all() for value in weights.values())


@each
def test_it_goes_on_from_a_checkpoint_as_if_nothing_had_happened(chosen):
    batches = [batch for epoch in (1, 2) for batch in the_batches().epoch(epoch)]
    whole, first, second = (a_trainer(regularizers=registry.regularizers((chosen,))) for _ in range(3))
    for batch in batches:
        whole.step(batch)

    for batch in batches[:3]:
        first.step(batch)
    second.restore(first.state())
    for batch in batches[3:]:
        second.step(batch)

    assert same_bits(second.network.state_dict(), whole.network.state_dict())
    assert second.measures() == whole.measures()


@each
def test_nothing_of_it_is_exported(chosen):
    trainer = a_trainer(regularizers=registry.regularizers((chosen,)))

    assert trainer.network.state_dict().keys() == a_network().state_dict().keys()
    assert len(state_dict(trainer.network.state_dict())) == len(state_dict(a_network().state_dict()))


@each
def test_it_draws_from_no_stream_but_its_own(chosen):
    before = torch.get_rng_state()

    trained(chosen, epochs=1)

    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("chosen", PENALTIES, ids=lambda chosen: chosen.kind)
def test_what_it_adds_to_the_loss_is_told_under_its_name(chosen):
    trainer = a_trainer(regularizers=registry.regularizers((chosen,)))
    trainer.step(next(the_batches().epoch(1)))

    told = trainer.tally.read().values

    assert told[OBJECTIVE] == pytest.approx(told["label"] + told[chosen.kind], rel=1e-5)
    assert told.keys() == {OBJECTIVE, "label", chosen.kind}


def test_each_acts_in_its_order_whatever_the_order_of_the_spec():
    names = list(registry.regularizers((specs.SpectralNorm(), specs.L2(), specs.Sparsity(), specs.Freeze())))

    assert names == ["freeze", "l2", "sparsity", "spectral_norm"]


def test_all_work_together_and_every_limit_holds():
    regularizers = registry.regularizers(EVERY)
    network = a_network()

    weights = train(a_trainer(network, regularizers=regularizers), epochs=4)

    for name in ("conv.weight", "fc.weight"):
        weight = weights[name].flatten(1).double()
        assert weight.abs().max().item() <= 0.3
        assert weight.norm(dim=1).max().item() <= 0.8 * (1 + 1e-5)
        assert torch.linalg.matrix_norm(weight, 2).item() <= 0.9 * (1 + 1e-5)
        assert (weight == 0).sum().item() == round(0.25 * weight.numel())
    assert torch.equal(weights["norm.weight"], a_network().norm.weight)
    assert all(value.isfinite().all() for value in weights.values())


def test_frozen_weights_are_passed_over_by_penalties():
    network = a_network()
    freeze, l2 = registry.regularizers((specs.L2(strength=1.0), specs.Freeze(target="conv"))).values()
    for regularizer in (freeze, l2):
        regularizer.attach(a_setting(network))

    assert l2.weights == [network.fc.weight]
