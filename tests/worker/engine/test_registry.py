"""What can be asked for and what exists are the same."""

from typing import Annotated, get_args, get_origin

import pytest
import torch
from torch import nn

from core.spec import datasets, methods, models, regularizers
from core.spec.models import Student, Teacher
from worker.engine import registry


def members(union):
    """The spec classes of a tagged union, or the words of a literal."""
    if get_origin(union) is Annotated:
        union = get_args(union)[0]
    return set(get_args(union))


@pytest.mark.parametrize(
    ("union", "table"),
    [
        (methods.TermSpec, registry.TERMS),
        (regularizers.RegularizerSpec, registry.REGULARIZERS),
        (models.Architecture, registry.ARCHITECTURES),
    ],
    ids=["terms", "regularizers", "architectures"],
)
def test_every_spec_has_exactly_one_implementation(union, table):
    assert members(union) == set(table)


def test_every_builtin_data_set_can_be_loaded():
    assert set(datasets.BUILTIN) == set(registry.DATASETS)


def test_what_is_said_of_the_digits_is_true():
    data = registry.dataset(datasets.Builtin(name="digits"), None)

    assert datasets.BUILTIN["digits"].classes == len(data.class_names)
    assert datasets.BUILTIN["digits"].train_images == len(data.train)
    assert datasets.BUILTIN["digits"].image_size == data.image_size


def weights(chosen, seed=0, role="student"):
    return nn.utils.parameters_to_vector(registry.network(chosen, 4, seed, role).parameters())


def test_weights_depend_on_seed_and_role_only():
    student = Student(width=0.25, stem="small")
    one = weights(student)
    torch.rand(3)

    assert torch.equal(weights(student), one)
    assert not torch.equal(weights(student, seed=1), one)


def test_teacher_and_student_of_one_architecture_start_apart():
    chosen = Teacher(architecture="mobilenet_v2", width=0.25, stem="small")

    assert not torch.equal(weights(chosen, role="teacher"), weights(chosen, role="student"))
