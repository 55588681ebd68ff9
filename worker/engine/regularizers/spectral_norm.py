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
# Over the estimate: the first that is proven is taken. 2ⁿ − 1 of them: they are searched by halves.
MARGINS = (1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 6e-3, 0.01, 0.02, 0.03, 0.05, 0.08, 0.13, 0.2, 0.4)

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


def is_above(bound: Scalar, matrix: Gram) -> Tensor:
    """Whether the bound is above the largest eigenvalue: only then Cholesky can decompose bound · I − G.

    No step waits for the device, as one would for the eigenvalues themselves.
    """
    unit = torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device)
    _, failed = torch.linalg.cholesky_ex(bound * unit - matrix)
    enough: Tensor = failed == 0
    return enough


def largest_eigenvalue(matrix: Gram, vector: Vector) -> Scalar:
    """A proven upper bound of the largest eigenvalue λ, which for a good vector is hardly above it.

    The estimate vᵀ G v never is above λ. So a margin is added, the least that is proven to be enough. Where
    none is, the trace is.
    """
    estimate = vector @ matrix @ vector
    # Not from one tensor of margins: to copy it to a GPU, the step would wait.
    bounds = torch.stack([*(estimate * (1 + margin) for margin in MARGINS), matrix.trace()])
    place = torch.zeros((), dtype=torch.long, device=matrix.device)  # all before it are too small
    half = len(bounds) // 2
    while half:
        enough = is_above(bounds.take(place + half - 1), matrix)
        place = torch.where(enough, place, place + half)
        half //= 2
    return bounds.take(place)


class SpectralNorm(Regularizer):
    """σ_max(W_l) ≤ limit for each layer, once before the first step and after every one: W ← W · limit / σ.

    Of a convolution the matrix [output channels, weights of a channel]. Yoshida, Miyato 2017,
    https://arxiv.org/abs/1705.10941; as a projection: Gouk et al. 2018, https://arxiv.org/abs/1804.04368.
    Power iteration alone would fall short of σ, and the limit would not hold: σ is bounded from above. That
    the bound is proven at every step has its price: on a CPU, MobileNetV2's step takes half as long again
    (bench/results/costs.json). A layer within the limit stays as it is, bit for bit.
    """

    rank = (
        2  # to hold some weights at 0 or to clip them can stretch further; to scale all of them undoes none
    )

    def __init__(self, chosen: spec.SpectralNorm) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.limited = [layer.weight for layer in weight_layers(setting.student, self.chosen.target).values()]
        for number, weight in enumerate(self.limited):
            # The true one to begin with: from any other, power iteration takes hundreds of steps.
            _, vectors = torch.linalg.eigh(gram(weight.detach()))
            self.register_buffer(f"vector{number}", vectors[:, -1].clone())
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
            within = is_above(torch.full_like(matrix[0, 0], self.chosen.limit**2), matrix)
            factor = self.chosen.limit / largest_eigenvalue(matrix, vector).sqrt()
            weight.mul_(torch.where(within, 1.0, factor.clamp(max=1.0)).float())
