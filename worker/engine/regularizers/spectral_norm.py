"""A hard limit on how far a layer can stretch its input."""

import torch
from jaxtyping import Float64
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.models.layers import weight_layers
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.shapes import Scalar

ITERATIONS = 2  # a step; weights move little in one, and the vector is kept
MARGINS = (1e-6, 1e-4, 1e-3, 1e-2, 1.0)  # over the estimate, of which the first that is proven is taken

Gram = Float64[Tensor, "side side"]
Vector = Float64[Tensor, " side"]


def gram(weight: Tensor) -> Gram:
    """W Wᵀ, or Wᵀ W where that is smaller; W is [units, weights of a unit]. Its eigenvalues are σ²."""
    matrix = weight.flatten(1).double()
    rows = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    return rows @ rows.T


def iterate(matrix: Gram, vector: Vector) -> Vector:
    """The vector turned towards that of the largest eigenvalue: power iteration."""
    for _ in range(ITERATIONS):
        turned = matrix @ vector
        length = torch.linalg.vector_norm(turned)
        vector = torch.where(length > 0, turned / length, vector)
    return vector


def largest_eigenvalue(matrix: Gram, vector: Vector) -> Scalar:
    """A proven upper bound of the largest eigenvalue λ, which for a good vector is hardly above it.

    The estimate vᵀ G v never is above λ. So a margin is added, and proven to be enough: s · I − G has a
    Cholesky decomposition only where s > λ. Where no margin is enough, the trace is. No step waits for the
    device, as one would for the eigenvalues themselves.
    """
    estimate = vector @ matrix @ vector
    bound = matrix.trace()
    unit = torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device)
    for margin in reversed(MARGINS):
        candidate = estimate * (1 + margin)
        _, failed = torch.linalg.cholesky_ex(candidate * unit - matrix)
        bound = torch.where(failed == 0, torch.minimum(candidate, bound), bound)
    return bound


class SpectralNorm(Regularizer):
    """σ_max(W_l) ≤ limit for each layer, once before the first step and after every one: W ← W · limit / σ.

    Of a convolution the matrix [output channels, weights of a channel]. Yoshida, Miyato 2017,
    https://arxiv.org/abs/1705.10941; as a projection: Gouk et al. 2018, https://arxiv.org/abs/1804.04368.
    Power iteration alone would fall short of σ, and the limit would not hold: σ is bounded from above. That
    the bound is proven at every step has its price: on a CPU, 8 to 29 % of the step were measured.
    """

    rank = (
        2  # to hold some weights at 0 or to clip them can stretch further; to scale all of them undoes none
    )

    def __init__(self, chosen: spec.SpectralNorm) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.limited = [layer.weight for layer in weight_layers(setting.student, self.chosen.target).values()]
        generator = setting.stream.at(0)
        for number, weight in enumerate(self.limited):
            side = min(len(weight), weight[0].numel())
            start = torch.randn(side, generator=generator, device=weight.device, dtype=torch.float64)
            self.register_buffer(f"vector{number}", start / torch.linalg.vector_norm(start))
        self._project()

    def after_step(self, time: Time) -> None:
        self._project()

    def finish(self) -> None:
        self._project()

    @torch.no_grad()
    def _project(self) -> None:
        for weight, vector in zip(self.limited, self.buffers(), strict=True):
            matrix = gram(weight)
            vector.copy_(iterate(matrix, vector))
            factor = self.chosen.limit / largest_eigenvalue(matrix, vector).sqrt()
            weight.mul_(factor.clamp(max=1.0).float())
