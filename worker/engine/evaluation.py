"""How good a network is, measured on images that it was not trained on."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from worker.engine.data.batches import evaluation_batches
from worker.engine.data.dataset import Split
from worker.engine.data.scaling import Scaling
from worker.engine.data.tables.table import TableSplit
from worker.engine.measures.intervals import wilson
from worker.engine.shapes import Labels, Logits


@dataclass(frozen=True)
class Score:
    """Top-1 accuracy with its 95 % interval, and the mean negative log-likelihood of the labels in nats."""

    accuracy: float
    interval: tuple[float, float]
    correct: int
    images: int
    nll: float

    @property
    def fitness(self) -> float:
        return self.accuracy

    @property
    def loss(self) -> float:
        return self.nll

    @property
    def metrics(self) -> Mapping[str, float]:
        return {"accuracy": self.accuracy, "loss": self.nll}


@torch.no_grad()
def predict(network: nn.Module, split: Split | TableSplit, normalization: Scaling) -> Logits:
    """The answers to all images or rows in order, in float32 and evaluation mode, on the network's device."""
    network.eval()
    device = next(network.parameters()).device
    return torch.cat([network(images) for images in evaluation_batches(split, normalization, device)])


def score(logits: Logits, labels: Labels) -> Score:
    """Compare predictions with labels."""
    labels = labels.to(logits.device)
    correct = int((logits.argmax(dim=1) == labels).sum().item())
    return Score(
        accuracy=correct / len(labels),
        interval=wilson(correct, len(labels)),
        correct=correct,
        images=len(labels),
        nll=F.cross_entropy(logits.double(), labels).item(),
    )


def agreement(one: Logits, other: Logits) -> float:
    """Share of the images on which both name the same class."""
    return (one.argmax(dim=1) == other.argmax(dim=1)).double().mean().item()
