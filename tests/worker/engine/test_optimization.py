import math

import pytest
import torch

from core.spec.optimization import Optimization
from tests.worker.engine.builders import CPU, a_network
from worker.engine.optimization import (
    Schedule,
    autocast_type,
    optimizer,
    precision_in_effect,
    schedule,
    set_learning_rate,
)


def test_the_rate_rises_linearly_then_falls_as_a_cosine():
    rate = Schedule(peak=1.0, warmup_steps=4, steps=12, cosine=True)

    assert [rate(step) for step in range(4)] == [0.25, 0.5, 0.75, 1.0]
    assert rate(4) == 1.0
    assert rate(8) == pytest.approx(0.5)
    assert rate(11) == pytest.approx(0.5 * (1 + math.cos(math.pi * 7 / 8)))


def test_without_warm_up_it_starts_at_its_peak():
    assert Schedule(peak=0.3, warmup_steps=0, steps=10, cosine=True)(0) == 0.3


def test_a_constant_rate_stays():
    rate = Schedule(peak=0.3, warmup_steps=2, steps=10, cosine=False)

    assert [rate(step) for step in (1, 2, 9)] == [0.3, 0.3, 0.3]


def test_a_schedule_of_warm_up_alone_ends_at_its_peak():
    assert Schedule(peak=0.3, warmup_steps=5, steps=5, cosine=True)(4) == pytest.approx(0.3)


def test_epochs_become_steps():
    made = schedule(Optimization(batch_size=64), warmup_epochs=2, epochs=10, steps_per_epoch=21)

    assert made == Schedule(peak=0.1 * 64 / 256, warmup_steps=42, steps=210, cosine=True)


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_every_parameter_is_optimized_once(kind):
    network, own = a_network(), torch.nn.Linear(2, 2)

    made = optimizer(network, Optimization(optimizer=kind), learned=own.parameters())

    optimized = [id(parameter) for group in made.param_groups for parameter in group["params"]]
    assert sorted(optimized) == sorted(id(p) for part in (network, own) for p in part.parameters())


def test_setting_the_rate_sets_it_everywhere():
    made = optimizer(a_network(), Optimization())

    set_learning_rate(made, 0.25)

    assert {group["lr"] for group in made.param_groups} == {0.25}


@pytest.mark.parametrize(
    ("precision", "cast"),
    [("auto", None), ("float32", None), ("bfloat16", torch.bfloat16), ("float16", torch.float16)],
)
def test_on_a_cpu_only_an_explicit_wish_is_cast(precision, cast):
    assert autocast_type(precision, CPU) is cast
    assert precision_in_effect(precision, CPU) == ("float32" if precision == "auto" else precision)
