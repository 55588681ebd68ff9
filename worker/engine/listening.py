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
from worker.engine.registry import ARCHITECTURES
from worker.engine.renormalized import Renormalized
from worker.engine.taps import NOTHING, Needs, Tapped

TRACED = 2  # images


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
    inner = teacher.network if isinstance(teacher, Renormalized) else teacher
    ears = Ears(
        _ear(student, student, ARCHITECTURES[spec.student.architecture], objective.needs),
        _ear(inner, teacher, ARCHITECTURES[spec.teacher.architecture], objective.needs),
    )
    side = material.dataset.image_size
    heard = (_traced(student, ears.student, side), _traced(teacher, ears.teacher, side))

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


def _ear(network: nn.Module, asked: nn.Module, architecture: Architecture, needs: Needs) -> Answering:
    return Plain(asked) if needs == NOTHING else Tapped(network, architecture, needs, asked)


@torch.no_grad()
def _traced(network: nn.Module, ear: Answering, side: int) -> Features:
    """What is heard for empty images; in evaluation mode no statistic moves and no mask is drawn."""
    if isinstance(ear, Plain):
        return Features()
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    _, features = ear(torch.zeros(TRACED, 3, side, side, device=device))
    network.train(was_training)
    return features
