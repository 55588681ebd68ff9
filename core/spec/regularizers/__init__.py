"""What keeps the student simple. Soft ones bend the objective or the signal, hard ones enforce a limit."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from core.spec.base import Many
from core.spec.regularizers.base import Hard, Soft
from core.spec.regularizers.limits import GradientClipping, WeightClipping
from core.spec.regularizers.penalties import (
    ACTIVATIONS,
    FEW_LAYERS,
    L1,
    L2,
    Activation,
    ActivationWeight,
    LayerNorm,
    Norm,
    NormProduct,
    Reduction,
)
from core.spec.regularizers.signals import Dropout, GradientNoise, InputNoise
from core.spec.shorthand import named

RegularizerSpec = Annotated[
    L1
    | L2
    | ActivationWeight
    | NormProduct
    | Dropout
    | InputNoise
    | GradientNoise
    | WeightClipping
    | GradientClipping,
    Field(discriminator="kind"),
]
Regularizer = Annotated[
    RegularizerSpec, BeforeValidator(named("kind"), json_schema_input_type=str | RegularizerSpec)
]
Regularizers = Annotated[Many[Regularizer], Field(max_length=32)]

SOFT: tuple[type[Soft], ...] = (L1, L2, ActivationWeight, NormProduct, Dropout, InputNoise, GradientNoise)
HARD: tuple[type[Hard], ...] = (WeightClipping, GradientClipping)

__all__ = [
    "ACTIVATIONS",
    "FEW_LAYERS",
    "HARD",
    "L1",
    "L2",
    "SOFT",
    "Activation",
    "ActivationWeight",
    "Dropout",
    "GradientClipping",
    "GradientNoise",
    "Hard",
    "InputNoise",
    "LayerNorm",
    "Norm",
    "NormProduct",
    "Reduction",
    "Regularizer",
    "RegularizerSpec",
    "Regularizers",
    "Soft",
    "WeightClipping",
]
