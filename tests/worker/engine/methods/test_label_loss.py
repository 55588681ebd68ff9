import math

import pytest
import torch
from torch.autograd import gradcheck

from tests.worker.engine.builders import a_moment
from worker.engine.methods.label_loss import LabelLoss, label_loss

LABELS = torch.tensor([2, 0])


def test_a_student_without_opinion_pays_log_classes():
    assert label_loss(torch.zeros(2, 3), LABELS).item() == pytest.approx(math.log(3))


def test_two_images_by_hand():
    student = torch.tensor([[0.0, 0.0, math.log(2)], [math.log(6), 0.0, math.log(3)]])  # p = 2/4, then 6/10

    assert label_loss(student, LABELS).item() == pytest.approx(-(math.log(0.5) + math.log(0.6)) / 2)


def test_duplicating_the_batch_changes_nothing():
    student = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))

    doubled = label_loss(student.repeat(2, 1), LABELS.repeat(2))

    assert doubled.item() == pytest.approx(label_loss(student, LABELS).item())


def test_its_gradient_is_right():
    student = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    assert gradcheck(lambda z: label_loss(z, LABELS), student.requires_grad_())


def test_the_term_needs_no_teacher():
    student = torch.zeros(2, 3)

    assert LabelLoss()(a_moment(student, teacher=None, labels=LABELS)) == label_loss(student, LABELS)
