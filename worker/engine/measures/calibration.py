"""Whether a network is right as often as it says."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from worker.engine.shapes import Labels, Logits

BINS = 15  # as in the paper


@dataclass(frozen=True)
class Bin:
    """The images whose confidence lies above `low` and up to `high`; means are null where there are none."""

    low: float
    high: float
    images: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """Confidence is the probability of the likeliest class.

    calibration_error   Σ over the bins of their share of images · |accuracy − confidence|; 0 to 1
    brier               mean over images of Σ_c (p_c − [c = label])²; 0 to 2

    Guo et al. 2017, section 2. https://arxiv.org/abs/1706.04599; Brier 1950.
    """

    calibration_error: float
    brier: float
    reliability: tuple[Bin, ...]


def calibration(logits: Logits, labels: Labels) -> Calibration:
    """How sure a network is of its answers, held against how often they are right."""
    labels = labels.to(logits.device)
    probabilities = logits.double().softmax(dim=1)
    confidence, decided = probabilities.max(dim=1)
    right = (decided == labels).double()
    place = (confidence * BINS).ceil().long().sub(1).clamp(0, BINS - 1)
    images, sure, correct = (
        torch.zeros(BINS, dtype=torch.float64, device=logits.device).index_add(0, place, values).tolist()
        for values in (torch.ones_like(confidence), confidence, right)
    )
    bins = tuple(
        Bin(i / BINS, (i + 1) / BINS, int(n), s / n if n else None, c / n if n else None)
        for i, (n, s, c) in enumerate(zip(images, sure, correct, strict=True))
    )
    off = (probabilities - F.one_hot(labels, probabilities.shape[1])).square().sum(dim=1)
    gaps = sum(abs(c - s) for s, c in zip(sure, correct, strict=True))
    return Calibration(gaps / len(labels), off.mean().item(), bins)
