"""Terms that read the answers of the two networks: their logits, and some the labels beside them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from core.spec.over_time import Epochs, OverTime, WarmUp
from core.spec.term import TermBase, Weight

Temperature = Annotated[float, Field(ge=0.01, le=1000)]
Part = Annotated[float, Field(ge=0, le=1e6)]

SOFTENED_BY = "T: 1 leaves the probabilities as they are"
WEIGHT = "factor of this term in the objective"
# What goes with standardized logits where nothing else was given. Sun et al. 2024.
STANDARDIZED = {"weight": 9.0, "temperature": 2.0}


class SoftTerm(TermBase):
    """A term that compares probabilities of the teacher with the student's."""

    standardized: bool = Field(
        False,
        description="read (z − mean) / std of each image's logits z instead of z; unless given, T is then 2 "
        "and the weight 9",
    )


class SoftTargets(SoftTerm):
    """Match the teacher's softened probabilities: T² · KL(p_t(T) ‖ p_s(T)). Hinton et al. 2015."""

    label_weight: ClassVar[float] = 0.1
    kind: Literal["soft_targets"] = "soft_targets"
    weight: Weight = Field(0.9, description=WEIGHT)
    temperature: Temperature = Field(4.0, description=SOFTENED_BY)


class HardTargets(TermBase):
    """Learn the teacher's decision as if it were the label: CE(z_s, argmax z_t)."""

    label_weight: ClassVar[float] = 0.5
    kind: Literal["hard_targets"] = "hard_targets"
    weight: Weight = Field(0.5, description=WEIGHT)


class LogitMse(TermBase):
    """Match the logits themselves: mean (z_s − z_t)². Ba and Caruana 2014."""

    kind: Literal["logit_mse"] = "logit_mse"
    weight: Weight = Field(1.0, description=WEIGHT)


class Decoupled(SoftTerm):
    """DKD: T² · [α · KL(label or not) + β · KL(the other classes)]. 3 classes at least. Zhao et al. 2022."""

    reads_labels: ClassVar[bool] = True
    least_classes: ClassVar[int] = 3
    parts: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    kind: Literal["decoupled"] = "decoupled"
    weight: Weight = Field(1.0, description=WEIGHT)
    temperature: Temperature = Field(4.0, description=SOFTENED_BY)
    alpha: Part = Field(1.0, description="factor of how sure the teacher is of the label")
    beta: Part = Field(8.0, description="factor of what it thinks of the other classes")
    over_time: OverTime = WarmUp(epochs=20)


class Correlation(SoftTerm):
    """DIST: T² · [β · (1 − Pearson's ρ of rows) + γ · (1 − ρ of columns)] of softmax(z/T). Huang et al. 2022.

    Rows are images, columns classes over the batch; T is 1 in the reference run on ImageNet.
    """

    compares_images: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("beta", "gamma")
    kind: Literal["correlation"] = "correlation"
    weight: Weight = Field(2.0, description=WEIGHT)
    temperature: Temperature = Field(4.0, description=SOFTENED_BY)
    beta: Part = Field(1.0, description="factor of the rows: the classes of each image")
    gamma: Part = Field(1.0, description="factor of the columns: the images of each class")


class Normalized(SoftTerm):
    """NKD: −p_t(y) · log p_s(y) − γ · T² · Σ q_t · log q_s, q of the classes beside y. Yang et al. 2023."""

    reads_labels: ClassVar[bool] = True
    kind: Literal["normalized"] = "normalized"
    weight: Weight = Field(1.0, description=WEIGHT)
    temperature: Temperature = Field(1.0, description="T of the other classes; the label's is 1")
    gamma: Part = Field(1.5, description="factor of the other classes")


class WeightedSoft(SoftTerm):
    """WSLD: α · T² · mean of (1 − exp(−CE_s / CE_t)) · H(p_t(T), p_s(T)). Zhou et al. 2021.

    The reference run on CIFAR-100 has T 4 and α 2.25.
    """

    reads_labels: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("alpha",)
    kind: Literal["weighted_soft"] = "weighted_soft"
    weight: Weight = Field(1.0, description=WEIGHT)
    temperature: Temperature = Field(2.0, description=SOFTENED_BY)
    alpha: Part = Field(2.5, description="α, a factor of the whole term as well")


class LearnedTemperature(SoftTerm):
    """CTKD: soft targets, T = 1 + 20 · σ(θ), whose θ learns and comes to raise the loss. Li et al. 2023."""

    kind: Literal["learned_temperature"] = "learned_temperature"
    weight: Weight = Field(0.9, description=WEIGHT)
    reversal_epochs: Epochs = Field(
        10.0, description="until the gradient of θ is fully reversed: its factor goes from 0 to −1"
    )


class TeacherFree(TermBase):
    """Tf-KD: KL(q_T ‖ softmax(z_s)) with a made-up teacher q_T, softened by T; the own one is not read.

    q is `confidence` on the label, the rest even. T is 20 to 40 in the paper. Yuan et al. 2020.
    """

    reads_labels: ClassVar[bool] = True
    hears: ClassVar[Literal["nothing", "logits", "features"]] = "nothing"
    kind: Literal["teacher_free"] = "teacher_free"
    weight: Weight = Field(0.5, description=WEIGHT)
    temperature: Temperature = Field(10.0, description="T of the made-up teacher; the student's is 1")
    confidence: float = Field(0.9, gt=0, lt=1, description="probability of the label before softening")


LogitTerm = (
    SoftTargets | HardTargets | LogitMse | Decoupled | Correlation | Normalized | WeightedSoft
    | LearnedTemperature | TeacherFree
)  # fmt: skip
