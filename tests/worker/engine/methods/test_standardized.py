"""Logits of mean 0 and spread 1, and the switch that makes every soft term read them."""

import math
import statistics

import pytest
import torch

from core.spec.logit_terms import LogitTerm, SoftTerm, WeightedSoft
from tests.worker.engine.builders import a_moment
from tests.worker.engine.methods.by_hand import LABELS, STUDENT, TEACHER
from worker.engine import registry
from worker.engine.methods.standardized import standardized

SOFT = [kind for kind in LogitTerm.__args__ if issubclass(kind, SoftTerm)]


def test_each_image_by_hand():
    by_hand = [
        [(z - statistics.fmean(image)) / (statistics.stdev(image) + 1e-7) for z in image]
        for image in STUDENT.tolist()
    ]

    torch.testing.assert_close(standardized(STUDENT), torch.tensor(by_hand, dtype=torch.float64))


def test_shift_and_size_of_the_logits_are_gone():
    torch.testing.assert_close(standardized(3 * STUDENT + 7), standardized(STUDENT), rtol=1e-6, atol=1e-6)


def test_no_class_can_be_further_out_than_this():
    sure = torch.tensor([[1000.0, 0.0, 0.0, 0.0]])

    assert standardized(sure).max().item() == pytest.approx(3 / math.sqrt(4))


def test_an_image_without_any_opinion_has_a_gradient_all_the_same():
    logits = torch.zeros(2, 4, requires_grad=True)

    standardized(logits)[:, 0].sum().backward()

    assert logits.grad.isfinite().all()


# WSLD weighs images by the losses of the logits as they are: its own test.
@pytest.mark.parametrize(
    "kind",
    [kind for kind in SOFT if kind is not WeightedSoft],
    ids=lambda kind: kind.model_fields["kind"].default,
)
def test_the_switch_replaces_the_logits_and_nothing_else(kind):
    plain, switched = (registry.TERMS[kind](kind(standardized=on)) for on in (False, True))

    loss = switched(a_moment(STUDENT, TEACHER, LABELS))

    by_formula = plain(a_moment(standardized(STUDENT), standardized(TEACHER), LABELS))
    assert loss.item() == pytest.approx(by_formula.item())
    assert loss != plain(a_moment(STUDENT, TEACHER, LABELS))


def test_these_are_the_soft_terms():
    assert {kind.model_fields["kind"].default for kind in SOFT} == {
        "soft_targets", "decoupled", "correlation", "normalized", "weighted_soft", "learned_temperature",
    }  # fmt: skip
