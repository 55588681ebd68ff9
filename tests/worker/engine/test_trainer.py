"""The training step: what it changes, in which order, and that it never makes the device wait."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch

from core.spec import regularizers as specs
from core.spec.logit_terms import SoftTargets
from core.spec.methods import Method
from tests.worker.engine.builders import (
    a_batch,
    a_network,
    a_setting,
    a_trainer,
    same_bits,
    the_batches,
    train,
)
from worker.engine import registry
from worker.engine.optimization import Schedule
from worker.engine.regularizers.regularizer import Regularizer
from worker.engine.trainer import OBJECTIVE

DISTIL = Method(label_weight=0.1, terms=(SoftTargets(),))
EVERYTHING = (
    specs.L1(),
    specs.L2(),
    specs.Dropout(),
    specs.WeightClipping(max_abs=0.3),
    specs.GradientClipping(max_norm=1.0),
)


def a_teacher():
    return a_network(seed=9).eval().requires_grad_(False)


def test_it_learns():
    trainer = a_trainer()

    train(trainer, epochs=1)
    first = trainer.tally.read().values[OBJECTIVE]
    train(trainer, epochs=20)
    train(trainer, epochs=1)

    assert trainer.tally.read().values[OBJECTIVE] < 0.5 * first


def test_it_learns_from_a_teacher_alone():
    trainer = a_trainer(method=Method(label_weight=0.0, terms=(SoftTargets(),)), teacher=a_teacher())

    train(trainer, epochs=1)
    first = trainer.tally.read().values["soft_targets"]
    train(trainer, epochs=20)
    train(trainer, epochs=1)

    assert trainer.tally.read().values["soft_targets"] < 0.5 * first


def test_the_first_step_is_the_one_that_torch_takes():
    network, batch = a_network().train(), a_batch()
    trainer = a_trainer(learning_rate=0.1, momentum=0.0)

    trainer.step(batch)

    torch.nn.functional.cross_entropy(network(batch.images), batch.labels).backward()
    for name, parameter in network.named_parameters():
        expected = parameter - 0.1 * parameter.grad
        torch.testing.assert_close(trainer.network.get_parameter(name), expected)


def test_the_teacher_never_changes():
    teacher = a_teacher()
    before = {name: value.clone() for name, value in teacher.state_dict().items()}

    train(a_trainer(method=DISTIL, teacher=teacher), epochs=2)

    assert same_bits(teacher.state_dict(), before)


def test_a_teacher_that_no_term_reads_is_not_asked():
    class Silent(torch.nn.Module):
        def forward(self, images):
            pytest.fail("the teacher was asked")

    train(a_trainer(teacher=Silent()))


def test_every_loss_is_logged_under_its_name():
    regularizers = registry.regularizers((specs.L2(), specs.L1(), specs.L2(), specs.WeightClipping()))
    trainer = a_trainer(method=DISTIL, teacher=a_teacher(), regularizers=regularizers)

    trainer.step(a_batch())

    means = trainer.tally.read().values
    assert list(means) == [OBJECTIVE, "label", "soft_targets", "l2[0]", "l1", "l2[1]"]
    penalties = means["l2[0]"] + means["l1"] + means["l2[1]"]
    assert means[OBJECTIVE] == pytest.approx(0.1 * means["label"] + 0.9 * means["soft_targets"] + penalties)


def test_no_step_reads_a_tensor_on_the_host(monkeypatch):
    """On a GPU every such read makes the host wait until the device has done all that it was given."""
    regularizers = registry.regularizers(EVERYTHING)
    trainer = a_trainer(method=DISTIL, teacher=a_teacher(), regularizers=regularizers)
    batches = the_batches(augmentation="standard").epoch(1)
    trainer.step(next(batches))
    for name in ("item", "tolist", "cpu", "numpy", "__bool__", "__float__", "__int__", "__index__"):
        monkeypatch.setattr(torch.Tensor, name, lambda *_: pytest.fail("the host read a tensor"))

    for batch in batches:
        trainer.step(batch)


@pytest.mark.parametrize(
    "idle",
    [specs.L1(strength=0.0), specs.L2(strength=0.0), specs.Dropout(rate=0.0)],
    ids=lambda spec: spec.kind,
)
def test_a_regularizer_of_no_strength_changes_no_bit(idle):
    trainer = a_trainer(regularizers=registry.regularizers((idle,)))

    assert same_bits(train(trainer, epochs=2), train(a_trainer(), epochs=2))


def test_all_regularizers_work_together():
    regularizers = registry.regularizers(EVERYTHING)

    weights = train(a_trainer(method=DISTIL, teacher=a_teacher(), regularizers=regularizers), epochs=3)

    assert all(value.isfinite().all() for value in weights.values())
    assert weights["fc.weight"].abs().max().item() <= 0.3


def test_the_same_seed_gives_the_same_weights():
    def run():
        regularizers = registry.regularizers(EVERYTHING)
        return train(a_trainer(method=DISTIL, teacher=a_teacher(), regularizers=regularizers), epochs=2)

    assert same_bits(run(), run())


def test_the_rate_of_each_step_is_that_of_the_schedule():
    trainer = a_trainer()
    trainer.schedule = Schedule(peak=1.0, warmup_steps=4, steps=8, cosine=True)

    rates = []
    for batch in the_batches().epoch(1):
        trainer.step(batch)
        rates.append(trainer.optimizer.param_groups[0]["lr"])

    assert rates == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_either_optimizer_learns(kind):
    trainer = a_trainer(optimizer=kind, learning_rate=0.05)

    train(trainer, epochs=1)
    first = trainer.tally.read().values[OBJECTIVE]
    train(trainer, epochs=20)
    train(trainer, epochs=1)

    assert trainer.tally.read().values[OBJECTIVE] < 0.5 * first


def test_in_bfloat16_the_losses_and_weights_stay_float32():
    trainer = a_trainer()
    trainer.autocast = torch.bfloat16
    plain = a_trainer()

    trainer.step(a_batch())
    plain.step(a_batch())

    rounded, exact = (one.tally.read().values[OBJECTIVE] for one in (trainer, plain))
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=0.02)
    assert trainer.network.fc.weight.dtype == torch.float32


class Diary(Regularizer):
    """Writes down which moments it saw, and what it found there."""

    def __init__(self):
        super().__init__()
        self.moments = []

    def attach(self, setting):
        self.student = setting.student

    def on_batch(self, time, seen):
        self.moments.append("on_batch")
        return replace(seen, images=seen.images + 1)

    @contextmanager
    def around_backward(self, time):
        self.moments.append("before forward")
        yield
        self.moments.append("after backward")

    def penalty(self, moment):
        self.moments.append("penalty")
        self.images = moment.seen.images

    def after_backward(self, time):
        self.moments.append("after_backward")
        self.gradient = self.student.fc.weight.grad.clone()
        self.before_step = self.student.fc.weight.detach().clone()

    def after_step(self, time):
        self.moments.append("after_step")
        self.after = self.student.fc.weight.detach().clone()


def test_a_regularizer_acts_at_six_moments():
    diary, batch = Diary(), a_batch()
    diary.attach(a_setting(a_network()))

    a_trainer(regularizers={"diary": diary}).step(batch)

    assert diary.moments == [
        "on_batch",
        "before forward",
        "penalty",
        "after backward",
        "after_backward",
        "after_step",
    ]
    assert torch.equal(diary.images, batch.images + 1)
    assert diary.gradient.abs().sum() > 0
    assert not torch.equal(diary.after, diary.before_step)


def test_the_teacher_sees_the_batch_as_it_was():
    seen = []

    class Witness(torch.nn.Module):
        def forward(self, images):
            seen.append(images)
            return torch.zeros(len(images), 4)

    diary, batch = Diary(), a_batch()
    a_trainer(method=DISTIL, teacher=Witness(), regularizers={"diary": diary}).step(batch)

    assert torch.equal(seen[0], batch.images)
