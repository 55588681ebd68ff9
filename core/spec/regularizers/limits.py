"""Hard regularizers: limits that hold after every step."""

from typing import Literal, Self

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
