"""Terms that imitate what the teacher computes on its way to the logits: maps of stages, pooled features."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from core.spec.base import Many
from core.spec.term import TermBase, Weight

STAGES = 4  # that every image network has, from large maps to small

Stage = Annotated[int, Field(ge=1, le=STAGES)]


def _each_once(stages: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(stages)))


Stages = Annotated[Many[Stage], Field(min_length=1, max_length=16), AfterValidator(_each_once)]
ALL_STAGES = tuple(range(1, STAGES + 1))


class Listening(TermBase):
    """Reads of the teacher what no table of logits holds."""

    hears: ClassVar[Literal["nothing", "logits", "features"]] = "features"


class Hints(Listening):
    """Match a stage's maps through a learned 1 × 1 convolution: mean (r(F_s) − F_t)². Romero et al. 2015."""

    kind: Literal["hints"] = "hints"
    weight: Weight = Field(100.0, description="factor of this term in the objective")
    stage: Stage = Field(2, description="number of the stage, from 1")


class Attention(Listening):
    """Look where the teacher looks: compare each stage's mean F² over channels. Zagoruyko, Komodakis 2017."""

    kind: Literal["attention"] = "attention"
    weight: Weight = Field(1000.0, description="factor of this term in the objective")
    stages: Stages | None = Field(
        None,
        description="numbers of stages, from 1; null: each whose maps are larger than 1 × 1 in both networks",
    )


class Similarity(Listening):
    """Find images as alike as the teacher does: ‖norm(G_t) − norm(G_s)‖²_F / N. Tung, Mori 2019."""

    compares_images: ClassVar[bool] = True
    kind: Literal["similarity"] = "similarity"
    weight: Weight = Field(47.0, description="factor of this term in the objective")
    stage: Stage = Field(STAGES, description="number of the stage, from 1")


class Probabilistic(Listening):
    """Match the teacher's distribution of likeness over the batch: KL of cosines. Passalis, Tefas 2018."""

    compares_images: ClassVar[bool] = True
    kind: Literal["probabilistic"] = "probabilistic"
    weight: Weight = Field(469.0, description="factor of this term in the objective")


class Relations(Listening):
    """Keep the teacher's distances and angles between images. Park et al. 2019."""

    compares_images: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("distance_weight", "angle_weight")
    kind: Literal["relations"] = "relations"
    weight: Weight = Field(1.0, description="factor of this term in the objective")
    distance_weight: Weight = Field(25.0, description="factor of the distances in this term")
    angle_weight: Weight = Field(50.0, description="factor of the angles in this term")
    angle_images: int = Field(
        64,
        ge=3,
        le=256,
        description="images of a batch whose angles are compared; memory grows with their cube",
    )


class CorrelationCongruence(Listening):
    """Match Gaussian likenesses of embedded images: ‖K_t − K_s‖²_F / N². Peng et al. 2019."""

    compares_images: ClassVar[bool] = True
    kind: Literal["correlation_congruence"] = "correlation_congruence"
    weight: Weight = Field(100.0, description="factor of this term in the objective")
    dimensions: int = Field(128, ge=2, le=4096, description="of the embedding")
    gamma: float = Field(0.4, gt=0, le=100, description="K = exp(−gamma · squared distance)")


class Variational(Listening):
    """Make the teacher's maps likely given the student's: ½ [(F_t − μ)² / σ² + log σ²]. Ahn et al. 2019."""

    kind: Literal["variational"] = "variational"
    weight: Weight = Field(1.0, description="factor of this term in the objective")
    stages: Stages = Field(ALL_STAGES, description="numbers of stages, from 1")
    initial_variance: float = Field(5.0, ge=0.01, le=1e4, description="σ² of each channel before training")


class ReusedClassifier(Listening):
    """Answer with the teacher's classifier, and learn the maps that it reads. Chen et al. 2022.

    A projector takes the place of the student's layers behind its last stage, and stays in the student.
    """

    label_weight: ClassVar[float] = 0.0
    kind: Literal["reused_classifier"] = "reused_classifier"
    weight: Weight = Field(1.0, description="factor of this term in the objective")
    factor: int = Field(
        2, ge=1, le=64, description="the projector has the teacher's channels, divided by so many, within"
    )


FeatureTerm = (
    Hints
    | Attention
    | Similarity
    | Probabilistic
    | Relations
    | CorrelationCongruence
    | Variational
    | ReusedClassifier
)
