import pytest

from core.spec.logit_terms import LogitMse as Spec
from tests.worker.engine.builders import a_moment
from tests.worker.engine.methods.by_hand import STUDENT, TEACHER, images, mean
from worker.engine.methods.logit_mse import LogitMse, logit_mse_loss


def test_it_is_the_mean_over_images_and_classes():
    by_hand = mean([(s - t) ** 2 for z_s, z_t, _ in images() for s, t in zip(z_s, z_t, strict=True)])

    assert logit_mse_loss(STUDENT, TEACHER).item() == pytest.approx(by_hand)


def test_identical_logits_cost_nothing():
    assert logit_mse_loss(STUDENT, STUDENT) == 0


def test_a_shift_of_the_logits_counts_although_it_changes_no_probability():
    assert logit_mse_loss(STUDENT + 1, STUDENT).item() == pytest.approx(1)


def test_the_term_reads_both_answers():
    assert LogitMse(Spec())(a_moment(STUDENT, TEACHER)) == logit_mse_loss(STUDENT, TEACHER)
