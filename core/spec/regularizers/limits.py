"""Hard regularizers: limits that hold after every step."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.spec.regularizers.base import Hard, Target


class WeightClipping(Hard):
    """Keep every weight within [−max_abs, max_abs], after every step and once before the first."""

    kind: Literal["weight_clipping"] = "weight_clipping"
    max_abs: float = Field(1.0, gt=0, le=1e6, description="the limit")
    include_bias: bool = Field(False, description="clip biases of these layers too")
    target: Target = None


class GradientClipping(Hard):
    """Limit gradients before every step: each value to [−max_abs, max_abs], or their global norm."""

    kind: Literal["gradient_clipping"] = "gradient_clipping"
    max_abs: float | None = Field(None, gt=0, le=1e6, description="limit of each value")
    max_norm: float | None = Field(None, gt=0, le=1e6, description="limit of the norm over the student")
    target: Target = None

    @model_validator(mode="after")
    def one_limit(self) -> Self:
        if (self.max_abs is None) == (self.max_norm is None):
            raise PydanticCustomError("one_of", "give exactly one of max_abs and max_norm")
        return self


class MaxNorm(Hard):
    """Keep the weights that feed each unit within a ball: ‖w_i‖ ≤ radius. Srivastava et al. 2014."""

    kind: Literal["max_norm"] = "max_norm"
    radius: float = Field(3.0, gt=0, le=1e6, description="the limit")
    target: Target = None


class Freeze(Hard):
    """Keep all parameters of the named layers as they are at the start, bit for bit."""

    kind: Literal["freeze"] = "freeze"
    target: Target = None


class SpectralNorm(Hard):
    """Keep the largest singular value of each layer's weights within a limit. Yoshida, Miyato 2017.

    A step takes longer by a tenth to a third."""

    kind: Literal["spectral_norm"] = "spectral_norm"
    limit: float = Field(1.0, gt=0, le=1e6, description="of the largest singular value")
    target: Target = None


class Sparsity(Hard):
    """Hold a share of the smallest weights at exactly 0, reached along a cubic ramp. Zhu, Gupta 2017.

    The ramp rises in up to 100 stairs; a step on which it does takes longer by a fifth."""

    force: ClassVar[str | None] = "share"

    kind: Literal["sparsity"] = "sparsity"
    share: float = Field(0.5, ge=0, lt=1, description="of the weights that are 0 in the end")
    scope: Literal["layer", "network"] = Field(
        "layer", description="`layer`: the share of each layer; `network`: of all of them together"
    )
    begin: float = Field(0.0, ge=0, le=10_000, description="epochs done when the first weights are held at 0")
    epochs: float | None = Field(
        None, ge=0, le=10_000, description="until the whole share is; null: half of those that are left"
    )
    target: Target = None

    def ramp(self, epochs: int) -> float:
        """Epochs that it takes in a training of so many."""
        return max(epochs - self.begin, 0.0) / 2 if self.epochs is None else self.epochs
