"""A batch that is learned from in parts teaches what the whole one does.

Within 1e-5, by which float32 rounds other sums; for a network without statistics of the batch.
"""

from collections import OrderedDict

import pytest
import torch
from torch import nn

from core.spec import regularizers as specs
from core.spec.logit_terms import Decoupled, SoftTargets
from core.spec.methods import Method
from tests.worker.engine.builders import (
    CLASSES,
    a_batch,
    a_network,
    a_split,
    a_trainer,
    as_seen,
    same_bits,
    the_batches,
    train,
)
from tests.worker.engine.regularizers.kinds import EVERY
from worker.engine import registry
from worker.engine.randomness import seeded
from worker.engine.trainer import OBJECTIVE

DISTIL = Method(label_weight=0.1, terms=(SoftTargets(), Decoupled()))
# Masks of dropout are drawn for each part; `norm` is what the network here has not.
ALIKE = [one for one in EVERY if not isinstance(one, specs.Dropout | specs.Freeze)]


def without_statistics() -> nn.Module:
    with seeded(0, "small"):
        return nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(3, 8, 3, stride=2, padding=1),
                norm=nn.Identity(),
                relu=nn.ReLU(),
                pool=nn.AdaptiveAvgPool2d(2),
                flat=nn.Flatten(),
                fc=nn.Linear(32, CLASSES),
            )
        )


def a_trainer_in(parts, *regularizers, method=DISTIL):
    teacher = a_network(seed=9).eval().requires_grad_(False)
    chosen = registry.regularizers(regularizers)
    trainer = a_trainer(without_statistics(), method=method, teacher=teacher, regularizers=chosen)
    trainer.parts = parts
    return trainer


@pytest.mark.parametrize("chosen", [(), *((one,) for one in ALIKE)], ids=lambda c: c[0].kind if c else "none")
def test_the_parts_of_a_batch_teach_what_the_batch_teaches(chosen):
    whole, parts = a_trainer_in(1, *chosen), a_trainer_in(4, *chosen)

    expected, found = train(whole, epochs=2), train(parts, epochs=2)

    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    told, expected_told = parts.tally.read(), whole.tally.read()
    assert told.values == pytest.approx(expected_told.values, rel=1e-5, abs=1e-6)
    assert told.images == expected_told.images


def test_in_one_part_no_bit_is_another():
    assert same_bits(train(a_trainer_in(1)), train(a_trainer_in(1, specs.L2(strength=0.0))))


def test_no_more_images_than_those_of_a_part_are_looked_at_together():
    trainer, sizes = a_trainer_in(4), []
    trainer.network.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))

    trainer.step(a_batch(14))

    assert sizes == [4, 4, 3, 3]


def test_a_rest_of_few_images_makes_fewer_parts_and_none_of_one_image():
    trainer = a_trainer(regularizers={})
    trainer.parts = 8

    for batch in the_batches(a_split(21), size=16).epoch(1):
        trainer.step(batch)

    assert [len(part) for part in as_seen(batch).parts(8)] == [3, 2]
    assert trainer.tally.read().images == 21


def test_a_step_is_one_step_in_however_many_parts():
    trainer = a_trainer_in(4)

    trainer.step(a_batch())
    trainer.tally.add({name: torch.tensor(float("nan")) for name in trainer.tally.names}, images=1)

    with pytest.raises(Exception, match="at step 2"):
        trainer.tally.read()
    assert trainer.steps == 1


def test_the_gradient_that_is_limited_is_that_of_the_whole_batch():
    trainer = a_trainer_in(4, specs.GradientClipping(max_norm=1e-3))

    trainer.step(a_batch())

    gradients = [parameter.grad for parameter in trainer.network.parameters()]
    assert torch.nn.utils.get_total_norm(gradients).item() == pytest.approx(1e-3, rel=1e-5)


def test_a_penalty_on_weights_counts_once():
    trainer = a_trainer_in(4, specs.L2(strength=1.0), method=Method(label_weight=1.0, terms=()))
    weights = [trainer.network.conv.weight, trainer.network.fc.weight]
    expected = sum(weight.detach().square().sum().item() for weight in weights)

    trainer.step(a_batch())

    told = trainer.tally.read().values
    assert told["l2"] == pytest.approx(expected)
    assert told[OBJECTIVE] == pytest.approx(told["label"] + expected)


def test_it_goes_on_from_a_checkpoint_as_if_nothing_had_happened():
    batches = [batch for epoch in (1, 2) for batch in the_batches().epoch(epoch)]
    chosen = (specs.Dropout(), specs.Mixup(), specs.InputNoise())
    whole, first, second = (a_trainer_in(3, *chosen, method=Method(terms=(SoftTargets(),))) for _ in range(3))
    for batch in batches:
        whole.step(batch)

    for batch in batches[:3]:
        first.step(batch)
    second.restore(first.state())
    for batch in batches[3:]:
        second.step(batch)

    assert same_bits(second.network.state_dict(), whole.network.state_dict())
