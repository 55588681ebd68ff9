"""Regularizers of what is answered and asked for: confidence, smoothed and mixed labels."""

import math
from dataclasses import replace

import pytest
import torch
from torch.autograd import gradcheck

from core.spec import regularizers as specs
from core.spec.methods import Method, SoftTargets
from tests.worker.engine.builders import (
    CLASSES,
    a_batch,
    a_moment,
    a_network,
    a_setting,
    a_trainer,
    as_seen,
    at,
    train,
)
from worker.engine import registry
from worker.engine.regularizers.confidence_penalty import entropy
from worker.engine.regularizers.label_smoothing import LabelSmoothing, smoothed
from worker.engine.regularizers.mixup import Mixup, mixed

SEEN = as_seen(a_batch())


def attached(kind, chosen):
    regularizer = kind(chosen)
    regularizer.attach(a_setting(a_network()))
    return regularizer


def test_the_entropy_is_that_of_plain_numbers():
    logits = [[0.0, math.log(3)], [0.0, 0.0]]  # probabilities ¼ and ¾, then ½ and ½

    expected = (0.25 * math.log(4) + 0.75 * math.log(4 / 3) + math.log(2)) / 2
    assert entropy(torch.tensor(logits)).item() == pytest.approx(expected)


def test_the_entropy_of_certainty_is_0_and_stays_finite():
    logits = torch.tensor([[1e4, 0.0, 0.0]], requires_grad=True)

    found = entropy(logits)
    found.backward()

    assert found.item() == 0
    assert logits.grad.isfinite().all()


def test_the_gradient_of_the_entropy_is_right():
    assert gradcheck(entropy, torch.randn(3, 4, dtype=torch.float64, requires_grad=True))


def test_doubt_is_rewarded():
    (penalty,) = registry.regularizers((specs.ConfidencePenalty(strength=0.5),)).values()

    assert penalty.penalty(a_moment(torch.zeros(2, 4))).item() == pytest.approx(-0.5 * math.log(4))


def most_certain(strength):
    """Where −log p − strength · H is least, the rest shared alike: strength · log(3p / (1 − p)) = 1 / p."""
    low, high = 0.5, 1 - 1e-9
    for _ in range(60):
        p = (low + high) / 2
        low, high = (p, high) if strength * math.log((CLASSES - 1) * p / (1 - p)) < 1 / p else (low, p)
    return low


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (specs.ConfidencePenalty(strength=0.5), most_certain(0.5)),  # 0.80
        (specs.LabelSmoothing(smoothing=0.3), 1 - 0.3 + 0.3 / CLASSES),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_training_ends_as_certain_as_the_formula_has_it(chosen, expected):
    def certainty(*regularizers):
        network, batch = a_network(), a_batch(64)
        train(a_trainer(network, regularizers=registry.regularizers(regularizers)), epochs=20)
        return network.eval()(batch.images).softmax(dim=1).gather(1, batch.labels[:, None]).mean().item()

    assert certainty() > 0.999
    assert certainty(chosen) == pytest.approx(expected, abs=0.01)


def test_smoothed_labels_sum_to_1_and_keep_most_for_the_label():
    found = smoothed(torch.tensor([[0.0, 1.0, 0.0, 0.0]]), 0.2)

    assert found.tolist() == [pytest.approx([0.05, 0.85, 0.05, 0.05])]


def test_the_label_loss_is_that_of_smoothed_labels():
    trainer = a_trainer(regularizers=registry.regularizers((specs.LabelSmoothing(smoothing=0.2),)))
    batch, network = a_batch(), a_network().train()
    trainer.step(batch)

    log_p = network(batch.images).log_softmax(dim=1).tolist()
    losses = [
        -sum((0.85 if label == one else 0.05) * value for one, value in enumerate(row))
        for row, label in zip(log_p, batch.labels.tolist(), strict=True)
    ]
    assert trainer.tally.read().values["label"] == pytest.approx(sum(losses) / len(losses), rel=1e-5)


def test_smoothing_follows_its_schedule_and_never_exceeds_everything():
    over_time = {"kind": "linear", "start": 0, "end": 20}
    smoothing = attached(LabelSmoothing, specs.LabelSmoothing(smoothing=0.1, over_time=over_time))

    assert torch.equal(smoothing.on_batch(at(0), SEEN).targets.amax(dim=1), torch.ones(16))
    assert smoothing.on_batch(at(39), SEEN).targets.unique().tolist() == [pytest.approx(0.25)]


def test_a_mixture_is_the_mean_by_its_share():
    found = mixed(torch.tensor([[1.0], [5.0]]), torch.tensor([1, 0]), 0.75)

    assert found.tolist() == [[2.0], [4.0]]


def test_inputs_labels_and_what_the_teacher_sees_are_mixed_alike():
    found = attached(Mixup, specs.Mixup(alpha=1.0)).on_batch(at(0), replace(SEEN, views=SEEN.rows))

    whole = torch.nn.functional.one_hot(SEEN.labels, CLASSES).float()
    # The share can be read off the labels of an image whose partner is of another class.
    share = found.targets[(found.targets > 0).sum(dim=1) == 2].amax().item()
    shares = {round(s, 5) for s in (share, 1 - share)}
    assert {round(v, 5) for v in found.targets.unique().tolist()} <= {0.0, 1.0, *shares}
    assert torch.equal(found.images, found.teacher_images)
    assert not torch.equal(found.images, SEEN.images)
    torch.testing.assert_close(found.targets.sum(dim=1), torch.ones(16))
    torch.testing.assert_close(found.targets.sum(dim=0), whole.sum(dim=0))  # each is somebody's partner
    assert found.views is None


def test_a_mixture_lies_between_its_two_images():
    shown = SEEN.labels.float().view(-1, 1, 1, 1).expand_as(SEEN.images)
    seen = replace(SEEN, images=shown, teacher_images=shown)

    found = attached(Mixup, specs.Mixup(alpha=1.0)).on_batch(at(0), seen)

    expected = found.targets @ torch.arange(float(CLASSES))  # of images that show their label
    torch.testing.assert_close(found.images[:, 0, 0, 0], expected)


def test_shares_are_those_of_the_beta_distribution():
    mixup = attached(Mixup, specs.Mixup(alpha=0.4))

    shares = torch.tensor([mixup._share(at(step)) for step in range(4000)])

    assert shares.mean().item() == pytest.approx(0.5, abs=0.02)
    assert shares.var().item() == pytest.approx(1 / (4 * (2 * 0.4 + 1)), rel=0.05)


def test_smoothed_and_mixed_labels_are_the_same_in_either_order():
    mixup = attached(Mixup, specs.Mixup(alpha=1.0))
    smoothing = attached(LabelSmoothing, specs.LabelSmoothing())

    one = smoothing.on_batch(at(0), mixup.on_batch(at(0), SEEN))
    other = mixup.on_batch(at(0), smoothing.on_batch(at(0), SEEN))

    torch.testing.assert_close(one.targets, other.targets)


def test_it_learns_from_mixtures_and_a_teacher():
    def label_loss(epochs):
        trainer = a_trainer(
            method=Method(label_weight=1.0, terms=(SoftTargets(),)),
            teacher=a_network(seed=9).eval().requires_grad_(False),
            regularizers=registry.regularizers((specs.Mixup(),)),
        )
        train(trainer, epochs)
        trainer.tally.read()
        train(trainer, 1)
        return trainer.tally.read().values["label"]

    assert label_loss(8) < 0.7 * label_loss(0)


def test_with_it_answers_go_straighter_from_one_input_to_another():
    batch = a_batch(64)

    def bend(*chosen):
        """How far the answer half way is from the mean of both answers."""
        network = a_network()
        train(a_trainer(network, regularizers=registry.regularizers(chosen)), epochs=20)
        ends = network.eval()(batch.images).softmax(dim=1)
        half_way = network((batch.images + batch.images.roll(1, 0)) / 2).softmax(dim=1)
        return (half_way - (ends + ends.roll(1, 0)) / 2).norm(dim=1).mean().item()

    assert bend(specs.Mixup(alpha=1.0)) < 0.5 * bend()
