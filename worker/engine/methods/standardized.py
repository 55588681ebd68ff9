"""Imitate only how a network ranks the classes of an image, not how large its logits are."""

from worker.engine.shapes import Logits

EPSILON = 1e-7


def standardized(logits: Logits) -> Logits:
    """(z − mean) / (std + 1e−7) over the classes of each image; std is the unbiased one.

    Shift and size are then the student's own. The largest value that n classes leave is (n − 1) / √n.

    Sun et al. 2024, "Logit standardization". https://arxiv.org/abs/2403.01427
    """
    mean, std = logits.mean(dim=1, keepdim=True), logits.std(dim=1, keepdim=True)
    return (logits - mean) / (std + EPSILON)
