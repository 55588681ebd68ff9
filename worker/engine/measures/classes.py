"""What was gained and lost of each class, and which classes are taken for which."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from worker.engine.shapes import Labels, Logits

MOST = 10  # of anything that is listed by its size

Confusion = Int64[Tensor, "classes classes"]


@dataclass(frozen=True)
class ClassChange:
    """One class: images of it, the shares that both networks are right on, and images gained and lost."""

    name: str
    images: int
    teacher_accuracy: float
    student_accuracy: float
    change: float
    gained: int
    lost: int


@dataclass(frozen=True)
class Confused:
    """Images of the class `label` that are taken for the class `decided`."""

    label: str
    decided: str
    teacher: int
    student: int


def confusion(logits: Logits, labels: Labels) -> Confusion:
    """Images by label (rows) and by decision (columns)."""
    classes = logits.shape[1]
    flat = labels.to(logits.device) * classes + logits.argmax(dim=1)
    return torch.bincount(flat, minlength=classes**2).view(classes, classes).cpu()


def changes(teacher: Logits, student: Logits, labels: Labels, names: Sequence[str]) -> list[ClassChange]:
    """Each class that the test split has images of, in the order of the data set."""
    labels = labels.to(teacher.device)
    right, also_right = teacher.argmax(dim=1) == labels, student.argmax(dim=1) == labels
    images, before, after, gained, lost = (
        torch.bincount(labels[chosen], minlength=len(names)).tolist()
        for chosen in (torch.ones_like(right), right, also_right, ~right & also_right, right & ~also_right)
    )
    return [
        ClassChange(
            name, images[i], before[i] / images[i], after[i] / images[i],
            (after[i] - before[i]) / images[i], gained[i], lost[i],
        )
        for i, name in enumerate(names)
        if images[i]
    ]  # fmt: skip


def lost_most(found: Sequence[ClassChange]) -> list[ClassChange]:
    """The classes that lost accuracy, the greatest loss first; at most so many."""
    return sorted((one for one in found if one.change < 0), key=lambda one: one.change)[:MOST]


def newly_confused(teacher: Confusion, student: Confusion, names: Sequence[str]) -> list[Confused]:
    """The mistakes that the student makes more often than its teacher, the greatest difference first."""
    more = (student - teacher).fill_diagonal_(0).flatten()
    order = torch.argsort(more, descending=True, stable=True)[:MOST].tolist()
    return [
        Confused(names[label], names[decided], int(teacher[label, decided]), int(student[label, decided]))
        for label, decided in (divmod(place, len(names)) for place in order if more[place] > 0)
    ]
