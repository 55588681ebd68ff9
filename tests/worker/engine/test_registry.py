"""What the registry builds is what was asked for. (tests/architecture compares it with the specs.)"""

import torch
from torch import nn

from core.spec import datasets
from core.spec.models import Student, Teacher
from worker.engine import registry


def test_what_is_said_of_the_digits_is_true():
    data = registry.dataset(datasets.Builtin(name="digits"), None, "image-classification")

    assert datasets.BUILTIN["digits"].classes == len(data.class_names)
    assert datasets.BUILTIN["digits"].train_images == len(data.train)
    assert datasets.BUILTIN["digits"].image_size == data.image_size


def weights(chosen, seed=0, role="student"):
    return nn.utils.parameters_to_vector(registry.network(chosen, 3, 4, seed, role).parameters())


def test_weights_depend_on_seed_and_role_only():
    student = Student(width=0.25, stem="small")
    one = weights(student)
    torch.rand(3)

    assert torch.equal(weights(student), one)
    assert not torch.equal(weights(student, seed=1), one)


def test_teacher_and_student_of_one_architecture_start_apart():
    chosen = Teacher(architecture="mobilenet_v2", width=0.25, stem="small")

    assert not torch.equal(weights(chosen, role="teacher"), weights(chosen, role="student"))
