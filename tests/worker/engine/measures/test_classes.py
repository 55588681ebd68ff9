import pytest
import torch

from tests.worker.engine.measures.answers import CLASSES, some
from worker.engine.measures.classes import MOST, changes, confusion, lost_most, newly_confused

NAMES = [f"class {label}" for label in range(CLASSES)]


def decided(*classes, of=3):
    return torch.nn.functional.one_hot(torch.tensor(classes), of).float()


def test_each_class_is_counted_by_itself():
    teacher, labels = some(1)
    student, _ = some(2, sureness=1.0)

    for index, found in enumerate(changes(teacher, student, labels, NAMES)):
        own = labels == index
        right, also = teacher[own].argmax(1) == index, student[own].argmax(1) == index
        assert (found.name, found.images) == (NAMES[index], int(own.sum()))
        assert found.teacher_accuracy == pytest.approx(right.double().mean().item())
        assert found.student_accuracy == pytest.approx(also.double().mean().item())
        assert found.change == pytest.approx(found.student_accuracy - found.teacher_accuracy)
        assert (found.gained, found.lost) == (int((also & ~right).sum()), int((right & ~also).sum()))


def test_a_class_without_images_is_left_out():
    logits = decided(0, 2)

    found = changes(logits, logits, torch.tensor([0, 2]), ["a", "b", "c"])

    assert [one.name for one in found] == ["a", "c"]


def test_the_greatest_loss_comes_first_and_gains_are_none():
    labels = torch.tensor([0, 0, 1, 1, 2, 2])
    teacher, student = decided(0, 0, 1, 1, 2, 0), decided(0, 1, 0, 0, 2, 2)

    lost = lost_most(changes(teacher, student, labels, ["a", "b", "c"]))

    assert [(one.name, one.change) for one in lost] == [("b", -1.0), ("a", -0.5)]


def test_mistakes_stand_beside_the_diagonal():
    labels = torch.tensor([0, 0, 1, 2])

    assert confusion(decided(0, 2, 1, 1), labels).tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 0]]


def test_mistakes_that_the_student_makes_more_often_are_named():
    labels = torch.tensor([0, 0, 0, 1, 2])
    teacher, student = decided(0, 0, 1, 1, 1), decided(1, 1, 1, 2, 2)

    found = newly_confused(confusion(teacher, labels), confusion(student, labels), ["a", "b", "c"])

    assert [(one.label, one.decided, one.teacher, one.student) for one in found] == [
        ("a", "b", 1, 3),
        ("b", "c", 0, 1),
    ]


def test_no_more_are_named_than_a_person_reads():
    labels = torch.arange(30)
    names = [str(label) for label in range(30)]
    right, wrong = decided(*range(30), of=30), decided(*range(1, 30), 0, of=30)

    assert len(newly_confused(confusion(right, labels), confusion(wrong, labels), names)) == MOST
    assert len(lost_most(changes(right, wrong, labels, names))) == MOST
