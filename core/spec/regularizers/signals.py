"""Soft regularizers that change what the student sees, is asked for, or computes."""

from typing import ClassVar, Literal

from pydantic import Field

from core.spec.regularizers.base import Soft, Strength, Target


class Dropout(Soft):
    """Drop activations with a probability, in training only. Srivastava et al. 2014."""

    force: ClassVar[str] = "rate"

    kind: Literal["dropout"] = "dropout"
    rate: float = Field(0.2, ge=0, lt=1, description="probability of dropping an activation")
    schedule: Literal["constant", "depth"] = Field(
        "constant", description="`depth`: layer k drops min(0.9, 2 · rate · σ(alpha · (k − 1)))"
    )
    alpha: float = Field(1.0, ge=0, le=100, description="how fast the depth schedule grows")
    placement: Literal["classifier", "stages"] = Field(
        "classifier", description="before the classifier, or after each stage"
    )


class InputNoise(Soft):
    """Add Gaussian noise to each normalised input, fresh at every step. Bishop 1995."""

    force: ClassVar[str] = "std"

    kind: Literal["input_noise"] = "input_noise"
    std: float = Field(0.1, ge=0, le=100, description="standard deviation, where inputs have one of 1")
    teacher_view: Literal["clean", "noisy"] = Field(
        "clean", description="what the teacher sees: the input without noise, or just what the student sees"
    )


class GradientNoise(Soft):
    """Add a random directional derivative to the loss: L + strength · Σ ε_i ∂L/∂θ_i, ε ~ N(0, 1)."""

    kind: Literal["gradient_noise"] = "gradient_noise"
    strength: Strength = Field(1e-3, description="factor of the derivative")
    mode: Literal["perturb", "exact"] = Field(
        "perturb",
        description="`exact` differentiates the derivative; `perturb` its first-order equal, the gradient "
        "at θ + strength · ε, at the cost of a plain step and the noise",
    )
    target: Target = None


class LabelSmoothing(Soft):
    """Ask for 1 − smoothing + smoothing / classes of the label, and smoothing / classes of every other."""

    force: ClassVar[str] = "smoothing"
    needs_classes: ClassVar[bool] = True

    kind: Literal["label_smoothing"] = "label_smoothing"
    smoothing: float = Field(0.1, ge=0, le=1, description="share that goes to all classes alike")


class Mixup(Soft):
    """Show mixtures of two inputs, and ask for the same mixture of their labels. Zhang et al. 2018."""

    force: ClassVar[str] = "alpha"
    needs_classes: ClassVar[bool] = True

    kind: Literal["mixup"] = "mixup"
    alpha: float = Field(
        0.2,
        ge=0,
        le=100,
        description="shares are drawn from Beta(alpha, alpha): 1 is uniform, 0 mixes nothing",
    )
