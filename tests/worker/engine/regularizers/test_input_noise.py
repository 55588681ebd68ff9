from dataclasses import replace

import pytest
import torch

from core.spec.methods import Method, SoftTargets
from core.spec.regularizers import InputNoise as Spec
from tests.worker.engine.builders import a_batch, a_network, a_setting, a_trainer, as_seen, at, train
from worker.engine.regularizers.input_noise import InputNoise, noisy

SEEN = as_seen(a_batch())


def attached(**options):
    regularizer = InputNoise(Spec(**options))
    regularizer.attach(a_setting(a_network()))
    return regularizer


def test_the_noise_is_gaussian_and_as_wide_as_asked_for():
    noise = noisy(torch.ones(100_000), 0.3, torch.Generator().manual_seed(0)) - 1

    assert noise.mean().item() == pytest.approx(0.0, abs=0.005)
    assert noise.std().item() == pytest.approx(0.3, rel=0.02)
    assert (noise.abs() < 0.3).double().mean().item() == pytest.approx(0.683, abs=0.01)


def test_every_input_is_noised_on_its_own_and_labels_stay():
    seen = attached(std=0.3).on_batch(at(0), SEEN)

    noise = seen.images - SEEN.images
    assert noise.unique().numel() > 0.99 * noise.numel()
    assert torch.equal(seen.labels, SEEN.labels)


def test_the_teacher_sees_the_clean_view_unless_told_otherwise():
    clean = attached(std=0.3).on_batch(at(0), SEEN)
    both = attached(std=0.3, teacher_view="noisy").on_batch(at(0), SEEN)

    assert torch.equal(clean.teacher_images, SEEN.images)
    assert torch.equal(both.teacher_images, both.images)
    assert torch.equal(both.images, clean.images)


def test_what_the_teacher_saw_with_noise_is_none_of_the_listed_views():
    views = torch.arange(16)
    seen = replace(SEEN, views=views)

    assert attached().on_batch(at(0), seen).views is views
    assert attached(teacher_view="noisy").on_batch(at(0), seen).views is None


def test_it_is_fresh_at_every_step_and_the_same_when_repeated():
    regularizer = attached()

    first, second, again = (regularizer.on_batch(at(step), SEEN).images for step in (0, 1, 0))

    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_it_follows_its_schedule():
    regularizer = attached(std=0.5, over_time={"kind": "warm_up", "epochs": 10})

    assert torch.equal(regularizer.on_batch(at(0), SEEN).images, SEEN.images)
    later = regularizer.on_batch(at(20), SEEN).images - SEEN.images  # half of ten epochs
    assert later.std().item() == pytest.approx(0.25, rel=0.1)


def test_in_regression_it_is_a_squared_penalty_on_the_weights():
    """Bishop's result, exact for a linear model: least squares of noisy inputs are ridge regression."""
    inputs = torch.randn(20, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    answers = inputs @ torch.tensor([2.0, -1.0, 0.5], dtype=torch.float64)
    std, copies = 0.7, 5000
    many = noisy(inputs.repeat(copies, 1), std, torch.Generator().manual_seed(2))

    found = torch.linalg.lstsq(many, answers.repeat(copies)[:, None]).solution.squeeze()

    ridge = inputs.T @ inputs + len(inputs) * std**2 * torch.eye(3, dtype=torch.float64)
    torch.testing.assert_close(found, torch.linalg.solve(ridge, inputs.T @ answers), rtol=0.02, atol=0.01)


def test_a_teacher_can_be_learned_from_beside_it():
    teacher = a_network(seed=9).eval().requires_grad_(False)
    method = Method(label_weight=0.0, terms=(SoftTargets(),))
    trainer = a_trainer(method=method, teacher=teacher, regularizers={"noise": InputNoise(Spec())})

    train(trainer, epochs=1)
    first = trainer.tally.read().values["soft_targets"]
    train(trainer, epochs=10)
    train(trainer, epochs=1)

    assert trainer.tally.read().values["soft_targets"] < 0.5 * first
