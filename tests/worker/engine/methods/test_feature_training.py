"""Feature terms in training: what they learn is optimized, kept, resumed, and never part of the student."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from core.spec.methods import Method
from core.spec.optimization import Optimization
from tests.worker.engine.builders import CPU, SMALL, a_batch, a_network, same_bits, the_batches
from tests.worker.engine.methods.hearing import CHOSEN
from worker.engine import registry
from worker.engine.answering import LiveTeacher
from worker.engine.clock import Clock
from worker.engine.methods.term import Pair
from worker.engine.optimization import Schedule, optimizer
from worker.engine.randomness import Stream
from worker.engine.tally import Tally
from worker.engine.taps import Tapped
from worker.engine.trainer import Trainer

FOUR_STAGES = replace(SMALL, stages=("conv", "norm", "relu", "pool"))
LEARNING = {"hints", "correlation_congruence", "variational"}
NAMES = {chosen.kind for chosen in CHOSEN}


def a_teacher():
    return a_network(seed=9).eval().requires_grad_(False)


def a_trainer(terms=CHOSEN, *, label_weight=1.0, **changes):
    """The small network beside another one, with these terms; all tensors are as after `listening`."""
    student, teacher = a_network().train(), a_teacher()
    settings = Optimization(**{"learning_rate": 0.01, "optimizer": "adamw", "weight_decay": 0.1, **changes})
    objective = registry.objective(Method(label_weight=label_weight, terms=terms))
    tapped, teaching = (Tapped(network, FOUR_STAGES, objective.needs) for network in (student, teacher))
    with torch.no_grad():
        shapes = [
            ear(a_batch(2).images)[1] for ear in (Tapped(a_network(), FOUR_STAGES, objective.needs), teaching)
        ]
    objective.attach(
        lambda name: Pair(student, teacher, *shapes, 4, 64, stream=Stream(0, name, CPU), device=CPU)
    )
    return Trainer(
        student, objective, optimizer(student, settings, objective.parameters()),
        Schedule(0.01, 0, 1000, False), Tally(CPU), Clock(4, 10),
        tapped=tapped, teacher=LiveTeacher(teaching),
    )  # fmt: skip


def steps(trainer, epochs=(1,)):
    for epoch in epochs:
        for batch in the_batches().epoch(epoch):
            trainer.step(batch)
    return trainer.network.state_dict()


def copied(state):
    """As a file would hold it."""
    if isinstance(state, torch.Tensor):
        return state.clone()
    if isinstance(state, dict):
        return {name: copied(value) for name, value in state.items()}
    return [copied(value) for value in state] if isinstance(state, list) else state


@pytest.fixture(scope="module")
def trained():
    trainer = a_trainer()
    steps(trainer)
    return trainer


def test_each_is_logged_under_its_name(trained):
    assert set(trained.tally.read().values) > NAMES


def test_what_they_own_is_optimized_without_weight_decay(trained):
    decays = {
        id(parameter): group["weight_decay"]
        for group in trained.optimizer.param_groups
        for parameter in group["params"]
    }

    owned = list(trained.objective.parameters())
    assert owned
    assert all(decays[id(parameter)] == 0 for parameter in owned)


@pytest.mark.parametrize("kind", sorted(LEARNING))
def test_what_they_own_has_moved(trained, kind):
    begun = dict(a_trainer().objective.parts[kind].term.named_parameters())

    ended = dict(trained.objective.parts[kind].term.named_parameters())
    assert begun
    assert all(not torch.equal(begun[name], value) for name, value in ended.items())


def test_only_those_that_learn_own_anything(trained):
    owners = {name for name, part in trained.objective.parts.items() if list(part.term.parameters())}

    assert owners == LEARNING


def test_none_of_it_is_part_of_the_student(trained):
    assert trained.network.state_dict().keys() == a_network().state_dict().keys()


def test_all_of_it_is_part_of_the_checkpoint(trained):
    kept = trained.state()["terms"]

    assert {name for name, state in kept.items() if state} == LEARNING
    assert {name.split(".")[0] for name in kept["variational"]} == {"predictions"}


def test_a_resumed_training_ends_in_the_same_bits():
    whole, first, second = a_trainer(), a_trainer(), a_trainer()
    steps(first)

    second.restore(copied(first.state()))

    assert same_bits(steps(second, epochs=(2,)), steps(whole, epochs=(1, 2)))
    assert all(
        torch.equal(one, other)
        for one, other in zip(whole.objective.parameters(), second.objective.parameters(), strict=True)
    )


def test_the_teacher_never_changes():
    trainer = a_trainer()
    steps(trainer)

    teacher: nn.Module = trainer.teacher.network.asked
    assert same_bits(teacher.state_dict(), a_teacher().state_dict())


@pytest.mark.parametrize("chosen", CHOSEN, ids=lambda chosen: chosen.kind)
def test_it_lowers_what_it_should(chosen):
    trainer = a_trainer((chosen,), label_weight=0.0)

    steps(trainer)
    first = trainer.tally.read().values[chosen.kind]
    steps(trainer, epochs=range(2, 12))
    trainer.tally.read()
    steps(trainer, epochs=(12,))

    assert trainer.tally.read().values[chosen.kind] < 0.95 * first


def test_no_step_reads_a_tensor_on_the_host(monkeypatch):
    """On a GPU every such read makes the host wait until the device has done all that it was given."""
    trainer, batches = a_trainer(), the_batches().epoch(1)
    trainer.step(next(batches))
    for name in (
        "item",
        "tolist",
        "cpu",
        "numpy",
        "__bool__",
        "__float__",
        "__int__",
        "__index__",
        "nonzero",
    ):
        monkeypatch.setattr(torch.Tensor, name, lambda *_: pytest.fail("the host read a tensor"))

    for batch in batches:
        trainer.step(batch)
