import math

import pytest
import torch
import torch.nn.functional as F
from torch.autograd import gradcheck

from core.spec.logit_terms import HardTargets as Spec
from tests.worker.engine.builders import a_moment
from worker.engine.methods.hard_targets import HardTargets, hard_target_loss

TEACHER = torch.tensor([[0.1, 5.0, 0.2], [2.0, 1.0, 0.0]])  # decides for 1, then 0


def test_a_student_without_opinion_pays_log_classes():
    assert hard_target_loss(torch.zeros(2, 3), TEACHER).item() == pytest.approx(math.log(3))


def test_it_is_the_label_loss_with_the_teachers_decision():
    student = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))

    loss = hard_target_loss(student, TEACHER)

    assert loss.item() == pytest.approx(F.cross_entropy(student, torch.tensor([1, 0])).item())


def test_how_sure_the_teacher_is_does_not_matter():
    student = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))

    assert hard_target_loss(student, 100 * TEACHER) == hard_target_loss(student, TEACHER)


def test_duplicating_the_batch_changes_nothing():
    student = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))

    doubled = hard_target_loss(student.repeat(2, 1), TEACHER.repeat(2, 1))

    assert doubled.item() == pytest.approx(hard_target_loss(student, TEACHER).item())


def test_its_gradient_is_right():
    student = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    assert gradcheck(lambda z: hard_target_loss(z, TEACHER.double()), student.requires_grad_())


def test_no_gradient_flows_to_the_teacher():
    teacher = TEACHER.clone().requires_grad_()

    hard_target_loss(torch.zeros(2, 3, requires_grad=True), teacher).backward()

    assert teacher.grad is None


def test_the_term_reads_both_answers():
    student = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))

    assert HardTargets(Spec())(a_moment(student, TEACHER)) == hard_target_loss(student, TEACHER)
