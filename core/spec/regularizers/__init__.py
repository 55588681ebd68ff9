"""What keeps the student simple. Soft ones bend the objective or the signal, hard ones enforce a limit."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from core.spec.base import Many
from core.spec.regularizers.base import Hard, Soft, is_idle
from core.spec.regularizers.guidance import (
    GuidanceSpec,
    Guided,
    ImageStatistics,
    Statistic,
    TeacherPrototypes,
    Vectors,
)
from core.spec.regularizers.limits import (
    Freeze,
    GradientClipping,
    MaxNorm,
    Sparsity,
    SpectralNorm,
    WeightClipping,
)
from core.spec.regularizers.penalties import (
    ACTIVATIONS,
    FEW_LAYERS,
    L1,
    L2,
    Activation,
    ActivationWeight,
    ConfidencePenalty,
    GroupLasso,
    L2Sp,
    LayerNorm,
    Norm,
    NormProduct,
    Orthogonal,
    Reduction,
)
from core.spec.regularizers.signals import Dropout, GradientNoise, InputNoise, LabelSmoothing, Mixup
from core.spec.shorthand import named

RegularizerSpec = Annotated[
    L1
    | L2
    | ActivationWeight
    | NormProduct
    | L2Sp
    | GroupLasso
    | Orthogonal
    | ConfidencePenalty
    | Guided
    | Dropout
    | InputNoise
    | GradientNoise
    | LabelSmoothing
    | Mixup
    | WeightClipping
    | GradientClipping
    | MaxNorm
    | SpectralNorm
    | Sparsity
    | Freeze,
    Field(discriminator="kind"),
]
Regularizer = Annotated[
    RegularizerSpec, BeforeValidator(named("kind"), json_schema_input_type=str | RegularizerSpec)
]
Regularizers = Annotated[Many[Regularizer], Field(max_length=32)]

SOFT: tuple[type[Soft], ...] = (
    L1, L2, ActivationWeight, NormProduct, L2Sp, GroupLasso, Orthogonal, ConfidencePenalty, Guided,
    Dropout, InputNoise, GradientNoise, LabelSmoothing, Mixup,
)  # fmt: skip
HARD: tuple[type[Hard], ...] = (WeightClipping, GradientClipping, MaxNorm, SpectralNorm, Sparsity, Freeze)

__all__ = [
    "ACTIVATIONS",
    "FEW_LAYERS",
    "HARD",
    "L1",
    "L2",
    "SOFT",
    "Activation",
    "ActivationWeight",
    "ConfidencePenalty",
    "Dropout",
    "Freeze",
    "GradientClipping",
    "GradientNoise",
    "GroupLasso",
    "GuidanceSpec",
    "Guided",
    "Hard",
    "ImageStatistics",
    "InputNoise",
    "L2Sp",
    "LabelSmoothing",
    "LayerNorm",
    "MaxNorm",
    "Mixup",
    "Norm",
    "NormProduct",
    "Orthogonal",
    "Reduction",
    "Regularizer",
    "RegularizerSpec",
    "Regularizers",
    "Soft",
    "Sparsity",
    "SpectralNorm",
    "Statistic",
    "TeacherPrototypes",
    "Vectors",
    "WeightClipping",
    "is_idle",
]
