"""Two networks on the same images: where they agree, and what the second gained and lost."""

from dataclasses import dataclass

import torch

from worker.engine.measures.intervals import mcnemar, paired
from worker.engine.shapes import Labels, Logits


@dataclass(frozen=True)
class Pair:
    """The second network held against the first.

    accuracy_change    of the second, less that of the first; with its 95 % interval, and the probability that
                       chance alone parts two equal networks as far
    gained, lost       images that only the second is right on, and that only the first is
    agreement          share of the images on which both name the same class
    agreement_when_first_right, _wrong   the same, of those images only; null where there are none
    kl                 mean KL(first ‖ second) of their probabilities, in nats
    """

    accuracy_change: float
    accuracy_change_interval: tuple[float, float]
    p_value: float
    gained: int
    lost: int
    both_right: int
    both_wrong: int
    agreement: float
    agreement_when_first_right: float | None
    agreement_when_first_wrong: float | None
    kl: float


def pair(first: Logits, second: Logits, labels: Labels) -> Pair:
    """Compare two networks by their answers to the same images."""
    labels = labels.to(first.device)
    one, other = first.argmax(dim=1), second.argmax(dim=1)
    right, also_right = one == labels, other == labels
    alike = one == other
    gained, lost = _count(~right & also_right), _count(right & ~also_right)
    return Pair(
        accuracy_change=(gained - lost) / len(labels),
        accuracy_change_interval=paired(gained, lost, len(labels)),
        p_value=mcnemar(gained, lost),
        gained=gained,
        lost=lost,
        both_right=_count(right & also_right),
        both_wrong=_count(~right & ~also_right),
        agreement=_count(alike) / len(labels),
        agreement_when_first_right=_share(alike, right),
        agreement_when_first_wrong=_share(alike, ~right),
        kl=divergence(first, second),
    )


def divergence(first: Logits, second: Logits) -> float:
    """Mean over the images of Σ_c p_c (log p_c − log q_c), in nats; computed in float64."""
    log_p, log_q = (logits.double().log_softmax(dim=1) for logits in (first, second))
    return (log_p.exp() * (log_p - log_q)).sum(dim=1).mean().item()


def _count(images: torch.Tensor) -> int:
    return int(images.sum().item())


def _share(of: torch.Tensor, among: torch.Tensor) -> float | None:
    images = _count(among)
    return _count(of & among) / images if images else None
