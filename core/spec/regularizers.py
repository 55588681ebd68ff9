"""What keeps the student simple. Soft ones bend the objective or the signal, hard ones enforce a limit."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from core.spec.base import Many, Pattern, Spec
from core.spec.over_time import Constant, OverTime
from core.spec.shorthand import named

Strength = Annotated[float, Field(ge=0, le=1e6)]
Target = Annotated[Pattern | None, Field(description="glob over layer names; null: every layer")]


class L1(Spec):
    """Penalise the sum of absolute weights: strength · Σ|w|. Makes weights sparse."""

    kind: Literal["l1"] = "l1"
    strength: Strength = Field(1e-6, description="factor of the penalty")
    per_sample: bool = Field(False, description="divide by 2m, m = training images")
    target: Target = None
    over_time: OverTime = Constant()


class L2(Spec):
    """Penalise the sum of squared weights: strength · Σw². An SGD weight decay of 2 · strength."""

    kind: Literal["l2"] = "l2"
    strength: Strength = Field(1e-4, description="factor of the penalty")
    per_sample: bool = Field(False, description="divide by 2m, m = training images")
    target: Target = None
    over_time: OverTime = Constant()


class Dropout(Spec):
    """Drop activations with a probability, in training only. Srivastava et al. 2014."""

    kind: Literal["dropout"] = "dropout"
    rate: float = Field(0.2, ge=0, lt=1, description="probability of dropping an activation")
    schedule: Literal["constant", "depth"] = Field(
        "constant", description="`depth`: layer k drops min(0.9, 2 · rate · σ(alpha · (k − 1)))"
    )
    alpha: float = Field(1.0, ge=0, le=100, description="how fast the depth schedule grows")
    placement: Literal["classifier", "stages"] = Field(
        "classifier", description="before the classifier, or after each stage"
    )
    over_time: OverTime = Constant()


class WeightClipping(Spec):
    """Keep every weight within [−max_abs, max_abs], after every step and once before the first."""

    kind: Literal["weight_clipping"] = "weight_clipping"
    max_abs: float = Field(1.0, gt=0, le=1e6, description="the limit")
    include_bias: bool = Field(False, description="clip biases of these layers too")
    target: Target = None


class GradientClipping(Spec):
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


RegularizerSpec = Annotated[
    L1 | L2 | Dropout | WeightClipping | GradientClipping, Field(discriminator="kind")
]
Regularizer = Annotated[
    RegularizerSpec, BeforeValidator(named("kind"), json_schema_input_type=str | RegularizerSpec)
]
Regularizers = Annotated[Many[Regularizer], Field(max_length=32)]

SOFT = (L1, L2, Dropout)
HARD = (WeightClipping, GradientClipping)
