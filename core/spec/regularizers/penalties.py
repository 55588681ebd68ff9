"""Soft regularizers that are a term of the loss."""

from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from core.spec.base import Many, Pattern, Spec
from core.spec.regularizers.base import Soft, Strength, Target
from core.spec.shorthand import named

FEW_LAYERS = 4  # beyond so many, the product of their norms soon is too large or too small a number

Activation = Literal["relu", "relu6", "sigmoid", "tanh", "silu", "gelu", "hardswish", "hardsigmoid"]
ACTIVATIONS: tuple[Activation, ...] = (
    "relu", "relu6", "sigmoid", "tanh", "silu", "gelu", "hardswish", "hardsigmoid"
)  # fmt: skip
Norm = Literal["l1", "l2"]
Reduction = Literal["product", "geometric_mean", "log_sum"]


class L1(Soft):
    """Penalise the sum of absolute weights: strength · Σ|w|. Makes weights sparse."""

    kind: Literal["l1"] = "l1"
    strength: Strength = Field(1e-6, description="factor of the penalty")
    per_sample: bool = Field(False, description="divide by 2m, m = training images")
    target: Target = None


class L2(Soft):
    """Penalise the sum of squared weights: strength · Σw². An SGD weight decay of 2 · strength."""

    kind: Literal["l2"] = "l2"
    strength: Strength = Field(1e-4, description="factor of the penalty")
    per_sample: bool = Field(False, description="divide by 2m, m = training images")
    target: Target = None


class ActivationWeight(Soft):
    """Penalise weights where the activation passes them on: strength · ½ Σ ‖f'(z_i)‖² ‖w_i‖² over units i."""

    kind: Literal["activation_weight"] = "activation_weight"
    strength: Strength = Field(1e-4, description="factor of the penalty")
    activations: Many[Activation] = Field(
        ACTIVATIONS, min_length=1, max_length=len(ACTIVATIONS), description="units before which functions"
    )
    target: Target = None


class LayerNorm(Spec):
    """Which norm the weights of some layers have in the product."""

    target: Pattern = Field("*", description="glob over layer names")
    norm: Norm = Field("l2", description="`l1`: Σ|w|; `l2`: √Σw²")


LayerNormField = Annotated[
    LayerNorm, BeforeValidator(named("target"), json_schema_input_type=Pattern | LayerNorm)
]


class NormProduct(Soft):
    """Penalise the product of the norms of weights, layer by layer: strength · Π ‖W_l‖."""

    kind: Literal["norm_product"] = "norm_product"
    strength: Strength = Field(1e-3, description="factor of the penalty")
    layers: Many[LayerNormField] = Field(
        (LayerNorm(),), min_length=1, max_length=64, description="which layers; the first that matches counts"
    )
    reduction: Reduction | None = Field(
        None, description="`log_sum`: Σ log ‖W_l‖; null: `product` up to 4 layers, then `geometric_mean`"
    )

    def norm_of(self, layer: str) -> Norm | None:
        """That of the first pattern which the layer's name matches; None where it is not in the product."""
        return next((one.norm for one in self.layers if fnmatchcase(layer, one.target)), None)

    def reduction_of(self, layers: int) -> Reduction:
        """How the norms of so many layers become one number."""
        return self.reduction or ("product" if layers <= FEW_LAYERS else "geometric_mean")


class L2Sp(Soft):
    """Penalise the squared distance to the initial weights: strength · Σ(w − w₀)². Li et al. 2018."""

    kind: Literal["l2_sp"] = "l2_sp"
    strength: Strength = Field(1e-3, description="factor of the penalty")
    target: Target = None


class GroupLasso(Soft):
    """Penalise the norm of each unit's weights: strength · Σ √size · ‖w_i‖. Whole channels go to 0."""

    kind: Literal["group_lasso"] = "group_lasso"
    strength: Strength = Field(1e-5, description="factor of the penalty")
    target: Target = None


class Orthogonal(Soft):
    """Keep the weights of different units orthogonal, each of length 1: strength · Σ ‖W Wᵀ − I‖²."""

    kind: Literal["orthogonal"] = "orthogonal"
    strength: Strength = Field(1e-4, description="factor of the penalty")
    target: Target = None


class ConfidencePenalty(Soft):
    """Reward answers that leave room for doubt: −strength · H(p_s). Pereyra et al. 2017."""

    needs_classes: ClassVar[bool] = True

    kind: Literal["confidence_penalty"] = "confidence_penalty"
    strength: Strength = Field(0.1, description="factor of the entropy")
