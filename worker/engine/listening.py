"""Bring an objective and its two networks together: what is heard where, and how large it is."""

from dataclasses import dataclass

import torch
from torch import nn

from core.spec import JobSpec
from worker.engine.answering import Answering, Plain
from worker.engine.data.material import Material
from worker.engine.methods.term import Pair
from worker.engine.models.architecture import Architecture
from worker.engine.moment import Features
from worker.engine.objective import Objective
from worker.engine.randomness import Stream
from worker.engine.registry import architecture
from worker.engine.renormalized import Renormalized, Restandardized
from worker.engine.shapes import Inputs
from worker.engine.taps import NOTHING, Needs, Tapped

TRACED = 2  # images, or rows


@dataclass(frozen=True)
class Ears:
    """Both networks, each with hooks where some term listens."""

    student: Answering
    teacher: Answering


def listening(
    spec: JobSpec, material: Material, objective: Objective, student: nn.Module, teacher: nn.Module
) -> Ears:
    """Hook what the terms need, show them its shapes by one forward pass, and let them make their adapters.

    teacher   frozen, perhaps behind a normalisation of its own
    """
    ears = Ears(
        _ear(student, student, architecture(spec.student, material.inputs), objective.needs),
        ear_of_teacher(spec, material, teacher, objective.needs),
    )
    example = torch.zeros_like(material.example(TRACED))
    heard = (_traced(student, ears.student, example), _traced(teacher, ears.teacher, example))

    def pair(name: str) -> Pair:
        return Pair(
            student=student,
            teacher=teacher,
            student_features=heard[0],
            teacher_features=heard[1],
            classes=material.classes,
            training_images=len(material.splits.train),
            stream=Stream(spec.seed, name, material.device),
            device=material.device,
        )

    objective.attach(pair)
    return ears


def ear_of_teacher(spec: JobSpec, material: Material, teacher: nn.Module, needs: Needs) -> Answering:
    """The teacher, hooked where something is to be heard."""
    inner = teacher.network if isinstance(teacher, Renormalized | Restandardized) else teacher
    return _ear(inner, teacher, architecture(spec.teacher, material.inputs), needs)


def _ear(network: nn.Module, asked: nn.Module, architecture: Architecture, needs: Needs) -> Answering:
    return Plain(asked) if needs == NOTHING else Tapped(network, architecture, needs, asked)


@torch.no_grad()
def _traced(network: nn.Module, ear: Answering, example: Inputs) -> Features:
    """What is heard for empty inputs; in evaluation mode no statistic moves and no mask is drawn."""
    if isinstance(ear, Plain):
        return Features()
    was_training = network.training
    network.eval()
    _, features = ear(example)
    network.train(was_training)
    return features
