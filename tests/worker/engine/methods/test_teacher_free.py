"""Tf-KD: a teacher that is made up, and the own one, which is not asked."""

import pytest
import torch
import torch.nn.functional as F

from core.spec.logit_terms import TeacherFree as Spec
from core.spec.methods import Method
from tests.worker.engine.builders import a_moment, a_trainer, train
from tests.worker.engine.methods.by_hand import LABELS, STUDENT, images, kl, mean, softmax
from worker.engine.methods.teacher_free import TeacherFree, teacher_free_loss

CLASSES = 5


def made_up(label, confidence, temperature):
    q = [confidence if i == label else (1 - confidence) / (CLASSES - 1) for i in range(CLASSES)]
    softened = [value ** (1 / temperature) for value in q]
    return [value / sum(softened) for value in softened]


def by_hand(confidence, temperature):
    return mean([kl(made_up(y, confidence, temperature), softmax(z_s)) for z_s, _, y in images()])


@pytest.mark.parametrize(("confidence", "temperature"), [(0.9, 10.0), (0.9, 1.0), (0.99, 40.0), (0.5, 2.0)])
def test_it_is_the_papers_formula(confidence, temperature):
    loss = teacher_free_loss(STUDENT, LABELS, confidence, temperature)

    assert loss.item() == pytest.approx(by_hand(confidence, temperature))


def test_its_gradient_is_that_of_label_smoothing():
    smoothing = CLASSES * made_up(0, 0.9, 10.0)[1]  # spread over all classes, the label among them
    ours, theirs = STUDENT.clone().requires_grad_(), STUDENT.clone().requires_grad_()

    teacher_free_loss(ours, LABELS, 0.9, 10.0).backward()
    F.cross_entropy(theirs, LABELS, label_smoothing=smoothing).backward()

    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize(("confidence", "temperature"), [(1 - 1e-9, 0.01), (1e-9, 0.01), (1 - 1e-9, 1000.0)])
def test_extreme_numbers_stay_finite(confidence, temperature):
    assert teacher_free_loss(STUDENT.float(), LABELS, confidence, temperature).isfinite()


def test_the_term_takes_its_numbers_from_the_spec():
    loss = TeacherFree(Spec(confidence=0.8, temperature=3.0))(a_moment(STUDENT, labels=LABELS))

    assert loss.item() == pytest.approx(by_hand(0.8, 3.0))


def test_the_teacher_is_not_asked():
    class Silent(torch.nn.Module):
        def forward(self, images):
            pytest.fail("the teacher was asked")

    trainer = a_trainer(method=Method(label_weight=1.0, terms=(Spec(),)), teacher=Silent())

    train(trainer)

    assert "teacher_free" in trainer.tally.read().values
