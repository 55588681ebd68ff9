"""What must hold for every term, whatever it imitates."""

from dataclasses import replace

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from tests.worker.engine.methods.every_term import (
    BENT,
    CHOSEN,
    COUPLED,
    attached,
    coarse,
    named,
    part,
    rounded,
    tensors,
    twice,
    what_both_answered,
    with_tensors,
)
from worker.engine import registry
from worker.engine.moment import Features

every_term = pytest.mark.parametrize("chosen", named(CHOSEN))


def loss_of(term, moment):
    """The loss as a function of what the term reads of the student."""
    return lambda *given: term(with_tensors(moment, term, list(given)))


def watched(moment, term):
    return [tensor.clone().requires_grad_() for tensor in tensors(moment, term)]


@pytest.mark.parametrize("chosen", named([one for one in CHOSEN if one.kind not in COUPLED]))
def test_duplicating_the_batch_changes_nothing(chosen):
    moment = what_both_answered()
    term = attached(chosen, moment)

    assert term(twice(moment)).item() == pytest.approx(term(moment).item(), rel=1e-9)


@pytest.mark.parametrize("chosen", named([one for one in CHOSEN if one.kind != "hints"]))
def test_who_compares_images_with_one_another_says_so(chosen):
    """Of all others, a batch is worth what its parts are: they may be learned from one after the other.

    But for the normalisation in the adapter of `hints`: as any, it has the statistics of what it sees.
    """
    moment = what_both_answered()
    term = attached(chosen, moment)

    parts = (2 * term(part(moment, slice(2))) + 4 * term(part(moment, slice(2, 6)))) / 6

    assert (parts.item() != pytest.approx(term(moment).item(), rel=1e-9)) is chosen.compares_images


def test_who_is_exempt_exists_and_says_why():
    exempt = COUPLED | BENT

    assert set(exempt) <= {kind.model_fields["kind"].default for kind in registry.TERMS}
    assert all(exempt.values())


@pytest.mark.parametrize("chosen", named([one for one in CHOSEN if one.kind not in BENT]))
def test_its_gradient_is_right(chosen):
    moment = what_both_answered()
    term = attached(chosen, moment)

    assert gradcheck(loss_of(term, moment), watched(moment, term), fast_mode=True)


@every_term
def test_its_gradient_can_be_differentiated(chosen):
    """As the exact form of gradient noise does."""
    moment = what_both_answered()
    term = attached(chosen, moment)

    assert gradgradcheck(loss_of(term, moment), watched(moment, term), fast_mode=True)


@every_term
def test_following_its_gradient_lowers_it(chosen):
    moment = what_both_answered()
    term = attached(chosen, moment)
    student = watched(moment, term)
    before = loss_of(term, moment)(*student)
    before.backward()
    length = torch.cat([tensor.grad.flatten() for tensor in student]).norm()

    after = loss_of(term, moment)(*(tensor.detach() - 1e-3 * tensor.grad / length for tensor in student))

    assert length > 0
    assert after < before


@every_term
def test_no_gradient_flows_to_the_teacher(chosen):
    moment = what_both_answered()
    term = attached(chosen, moment)
    features = moment.teacher_features
    teacher = [moment.teacher, *features.stages.values(), features.pooled, features.read]
    for told in teacher:
        told.requires_grad_()

    loss_of(term, moment)(*watched(moment, term)).backward()

    assert [told.grad for told in teacher] == [None] * len(teacher)


@every_term
@pytest.mark.parametrize("spread", [1.0, 60.0, 3000.0])
def test_answers_of_a_coarse_type_give_a_fine_and_finite_loss(chosen, spread):
    """Logits in bfloat16, up to where every probability is 0 or 1."""
    moment = coarse(what_both_answered(spread))
    term = attached(chosen, moment, torch.float32)
    student = watched(moment, term)

    loss = loss_of(term, moment)(*student)
    loss.backward()

    assert loss.dtype == torch.float32
    assert loss.isfinite()
    assert all(tensor.grad.isfinite().all() for tensor in student)
    assert all(own.grad is None or own.grad.isfinite().all() for own in term.parameters())


@every_term
def test_coarse_answers_are_judged_as_if_they_had_been_given_in_float32(chosen):
    moment = what_both_answered()
    term = attached(chosen, moment, torch.float32)

    assert term(coarse(moment)) == term(rounded(moment))


@every_term
def test_the_host_reads_nothing(chosen, monkeypatch):
    """On a GPU every such read makes the host wait until the device has done all that it was given."""
    moment = rounded(what_both_answered())
    term = attached(chosen, moment, torch.float32)
    student = watched(moment, term)
    for name in ("item", "tolist", "cpu", "numpy", "nonzero", "__bool__", "__float__", "__int__"):
        monkeypatch.setattr(torch.Tensor, name, lambda *_: pytest.fail("the host read a tensor"))

    loss_of(term, moment)(*student).backward()


@pytest.mark.parametrize(
    "chosen", named([one for one in CHOSEN if not registry.TERMS[type(one)].reads_teacher])
)
def test_who_reads_no_teacher_needs_none(chosen):
    moment = what_both_answered()
    alone = replace(moment, teacher=None, teacher_features=Features())

    assert attached(chosen, moment)(alone) == attached(chosen, moment)(moment)
