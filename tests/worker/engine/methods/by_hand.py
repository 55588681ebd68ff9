"""Formulas of the papers in plain Python, one image after another: nothing of torch, nothing of ours."""

import math
from collections.abc import Sequence

import torch

Numbers = Sequence[float]


def some_logits(seed: int, images: int = 6, classes: int = 5, spread: float = 2.0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return spread * torch.randn(images, classes, generator=random, dtype=torch.float64)


STUDENT, TEACHER = some_logits(0), some_logits(1)
LABELS = torch.tensor([0, 4, 2, 2, 1, 3])


def images(student: torch.Tensor = STUDENT, teacher: torch.Tensor = TEACHER, labels: torch.Tensor = LABELS):
    """z_s, z_t and y of each image."""
    return list(zip(student.tolist(), teacher.tolist(), labels.tolist(), strict=True))


def mean(values: Numbers) -> float:
    return sum(values) / len(values)


def softmax(logits: Numbers, temperature: float = 1.0) -> list[float]:
    raised = [math.exp(z / temperature) for z in logits]
    return [one / sum(raised) for one in raised]


def kl(p: Numbers, q: Numbers) -> float:
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))


def cross_entropy(p: Numbers, q: Numbers) -> float:
    return -sum(a * math.log(b) for a, b in zip(p, q, strict=True))


def without(values: Numbers, index: int) -> list[float]:
    return [value for i, value in enumerate(values) if i != index]
