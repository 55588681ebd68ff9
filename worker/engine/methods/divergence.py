"""How far one distribution over the classes is from another."""

from jaxtyping import Float
from torch import Tensor

from worker.engine.shapes import Scalar

LogProbabilities = Float[Tensor, "batch outcomes"]


def divergence(log_p: LogProbabilities, log_q: LogProbabilities) -> Scalar:
    """KL(p ‖ q): the mean over the batch of Σ p · (log p − log q), in nats.

    Takes logarithms, which stay finite where a probability is 0 in the precision at hand.
    """
    return (log_p.exp() * (log_p - log_q)).sum(dim=1).mean()
