"""What holds of every term that listens to stages or pooled features."""

import copy
import math

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from tests.worker.engine.methods.hearing import (
    CHOSEN,
    STUDENT,
    TEACHER,
    a_moment_of,
    attached,
    each,
    heard,
    leaves,
)
from worker.engine.moment import Features

every_term = pytest.mark.parametrize("chosen", CHOSEN, ids=lambda chosen: chosen.kind)

# What is left of a loss after the descent, where a tenth of it would ask for more than its formula allows.
LEFT = {
    # A position at which every channel is 0 stays so, since F² has no slope there: what the teacher sees at
    # such positions, 0.043 of these 0.25, can't be learned.
    "attention": lambda first: 0.2 * first,
    # No adapter helps here, since it is the student's: Adam moves a value by 1.2, and some are further off.
    "reused_classifier": lambda first: 0.12 * first,
    # Adam moves ρ by 0.02 a step at most, and σ² = softplus(ρ) with it from 5 to 3.8: ½ log σ² falls by
    # ½ log(5 / 3.8) in each of the two stages. The errors are what the loss was above 2 · ½ log 5.
    "variational": lambda first: first - 0.9 * (first - math.log(5)) - 0.9 * math.log(5 / 3.83),
}


def read_gradients(of):
    """The gradients of what the term has read."""
    return [leaf.grad for leaf in leaves(of) if leaf.grad is not None]


def trained(features):
    return each(features, lambda heard: heard.detach().clone().requires_grad_())


@every_term
def test_it_is_a_number_that_depends_on_the_student(chosen):
    term = attached(chosen)

    loss = term(a_moment_of())

    assert loss.isfinite()
    assert term(a_moment_of(heard(50))) != loss


@every_term
def test_it_hears_no_more_than_it_needs(chosen):
    term, student = attached(chosen), trained(STUDENT)

    term(a_moment_of(student)).backward()

    read = {number for number, maps in student.stages.items() if maps.grad is not None}
    assert read == term.needs.stages
    assert (student.pooled.grad is not None) == term.needs.pooled
    assert (student.read.grad is not None) == term.needs.read


@every_term
def test_no_gradient_flows_to_the_teacher(chosen):
    student, teacher = trained(STUDENT), trained(TEACHER)

    attached(chosen)(a_moment_of(student, teacher)).backward()

    assert read_gradients(student)
    assert not read_gradients(teacher)


@every_term
def test_duplicating_the_batch_changes_nothing(chosen):
    """Relations and correlation congruence couple a batch, but hold as long as the whole of it is read."""
    term = attached(chosen)

    def twice(of):
        return each(of, lambda heard: torch.cat([heard, heard]))

    doubled = term(a_moment_of(twice(STUDENT), twice(TEACHER)))

    assert doubled.item() == pytest.approx(term(a_moment_of()).item(), rel=1e-4)


@every_term
def test_its_gradients_are_right_to_second_order(chosen):
    """Second derivatives are what gradient noise asks for in its exact mode."""
    small = heard(7, batch=4, channels=1, side=2, width=3)
    other = each(heard(8, batch=4, channels=2, side=2, width=4), lambda heard: heard.double() + 0.1)
    stages = {"stages": (1,)} if chosen.kind == "attention" else {}
    term = attached(chosen.model_copy(update=stages), small, other).double()
    numbers = list(small.stages)

    def loss(*given):
        *stages, read, pooled = given
        return term(a_moment_of(Features(dict(zip(numbers, stages, strict=True)), pooled, read), other))

    inputs = [(leaf.double() + 0.1).requires_grad_() for leaf in leaves(small)]
    assert gradcheck(loss, inputs)
    assert gradgradcheck(loss, inputs)


@every_term
@pytest.mark.parametrize("size", [1e-2, 1.0, 1e2])
def test_bfloat16_on_the_way_hurts_little(chosen, size):
    """Features that were computed in bfloat16 arrive in float32, rounded to eight bits."""
    term = attached(chosen)
    exact = [each(of, lambda heard: size * heard) for of in (STUDENT, TEACHER)]
    rounded = [each(of, lambda heard: heard.bfloat16().float()) for of in exact]
    student = trained(rounded[0])

    loss = term(a_moment_of(student, rounded[1]))
    loss.backward()

    assert loss.item() == pytest.approx(term(a_moment_of(*exact)).item(), rel=0.05)
    assert all(gradient.isfinite().all() for gradient in read_gradients(student))


@every_term
@pytest.mark.parametrize(
    "odd",
    [torch.zeros_like, torch.ones_like, lambda heard: heard[:1].expand_as(heard)],
    ids=["nothing", "constant", "one image over and over"],
)
@pytest.mark.parametrize("both", [True, False])
def test_what_tells_nothing_apart_does_no_harm(chosen, odd, both):
    student = trained(each(STUDENT, odd))

    loss = attached(chosen)(a_moment_of(student, each(TEACHER, odd) if both else TEACHER))
    loss.backward()

    assert loss.isfinite()
    assert all(gradient.abs().max() < 1e3 for gradient in read_gradients(student))


@every_term
def test_descending_it_lowers_it(chosen):
    """To a tenth in 60 steps, but for three that say why."""
    term, student = attached(chosen), trained(STUDENT)
    optimizer = torch.optim.Adam([*leaves(student), *term.parameters()], lr=0.02)

    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = term(a_moment_of(student))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    assert losses[-1] < LEFT.get(chosen.kind, lambda first: 0.1 * first)(losses[0])


@every_term
def test_its_own_layers_come_from_the_seed_alone(chosen):
    torch.rand(3)
    one = attached(chosen, seed=1).state_dict()
    torch.rand(3)
    same, other = (attached(chosen, seed=seed).state_dict() for seed in (1, 2))

    assert all(torch.equal(one[name], same[name]) for name in one)
    drawn = [name for name in one if one[name].unique().numel() > 1]
    assert all(not torch.equal(one[name], other[name]) for name in drawn)


@every_term
def test_all_that_it_owns_takes_part(chosen):
    term = attached(chosen)

    loss, own = term(a_moment_of()), list(term.parameters())

    assert loss.requires_grad == bool(own)  # nothing else in this moment learns
    assert not own or None not in torch.autograd.grad(loss, own, allow_unused=True)


@every_term
def test_a_step_leaves_nothing_behind_in_the_term(chosen):
    term = attached(chosen)
    before = copy.deepcopy(term.state_dict())

    term(a_moment_of())

    assert all(torch.equal(value, before[name]) for name, value in term.state_dict().items())
