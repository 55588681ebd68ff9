"""CTKD: a temperature between 1 and 21 that learns against the student."""

import math

import pytest
import torch

from core.spec.logit_terms import LearnedTemperature as Spec
from core.spec.methods import Method
from tests.worker.engine.builders import a_moment, a_network, a_trainer, at, train
from tests.worker.engine.methods.by_hand import STUDENT, TEACHER, images, kl, mean, softmax
from worker.engine.methods.learned_temperature import LearnedTemperature, reversal


def a_moment_at(epoch):
    return a_moment(STUDENT, TEACHER, time=at(int(4 * epoch), epochs=40))


def a_term(theta=1.0, **chosen):
    term = LearnedTemperature(Spec(**chosen)).double()
    term.theta.data.fill_(theta)
    return term


def by_hand(theta):
    temperature = 1 + 20 / (1 + math.exp(-theta))
    losses = [kl(softmax(z_t, temperature), softmax(z_s, temperature)) for z_s, z_t, _ in images()]
    return temperature**2 * mean(losses)


@pytest.mark.parametrize("theta", [-50.0, -2.0, 0.0, 1.0, 50.0])
def test_it_is_soft_targets_with_the_temperature_of_theta(theta):
    assert a_term(theta)(a_moment_at(0)).item() == pytest.approx(by_hand(theta))


def test_it_begins_at_a_theta_of_1():
    term = LearnedTemperature(Spec())

    assert dict(term.named_parameters()).keys() == {"theta"}
    assert term.theta.item() == 1


@pytest.mark.parametrize(
    ("epoch", "factor"), [(0.0, 0), (2.5, -0.146447), (5.0, -0.5), (10.0, -1), (30.0, -1)]
)
def test_the_gradient_is_reversed_along_a_cosine(epoch, factor):
    assert reversal(epoch, epochs=10.0) == pytest.approx(factor, abs=1e-6)


@pytest.mark.parametrize("epoch", [0.0, 3.0, 5.0, 10.0, 20.0])
def test_thetas_gradient_is_the_losss_own_times_the_factor(epoch):
    term, width = a_term(0.3), 1e-5

    term(a_moment_at(epoch)).backward()

    slope = (by_hand(0.3 + width) - by_hand(0.3 - width)) / (2 * width)
    assert term.theta.grad.item() == pytest.approx(reversal(epoch, 10.0) * slope, rel=1e-6, abs=1e-12)


def test_the_students_gradient_is_not_reversed():
    early, late = STUDENT.clone().requires_grad_(), STUDENT.clone().requires_grad_()
    for student, epoch in ((early, 0), (late, 20)):
        moment = a_moment(student, TEACHER, time=at(int(4 * epoch), epochs=40))
        a_term()(moment).backward()

    assert torch.equal(early.grad, late.grad)


def test_the_temperature_is_told_at_the_end_of_an_epoch():
    trainer = a_trainer(method=Method(label_weight=1.0, terms=(Spec(),)), teacher=a_network(seed=1).eval())
    train(trainer)

    theta = trainer.objective.parts["learned_temperature"].term.theta.item()
    told = trainer.measures()["train/learned/learned_temperature/temperature"]
    assert told == pytest.approx(1 + 20 / (1 + math.exp(-theta)))
    assert theta != 1


def test_descending_theta_comes_to_raise_the_loss():
    term = a_term(0.0)
    optimizer = torch.optim.SGD(term.parameters(), lr=0.5)
    losses = []

    for _ in range(20):
        optimizer.zero_grad()
        loss = term(a_moment_at(10))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    assert losses == sorted(losses)
    assert losses[-1] > losses[0]


def test_how_long_the_reversal_takes_is_said_by_the_spec():
    quick, slow = a_term(reversal_epochs=2), a_term(reversal_epochs=4)
    for term in (quick, slow):
        term(a_moment_at(2)).backward()

    assert slow.theta.grad.item() == pytest.approx(0.5 * quick.theta.grad.item())
