"""What the student is asked to imitate: weighted terms, each beside the label loss."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from core.spec.base import Many, Spec
from core.spec.over_time import Constant, OverTime
from core.spec.shorthand import named

Weight = Annotated[float, Field(ge=0, le=1e6)]


class TermBase(Spec):
    """What every term has beside its weight, whose default is its own."""

    over_time: OverTime = Constant()


class SoftTargets(TermBase):
    """Match the teacher's softened probabilities: T² · KL(p_t(T) ‖ p_s(T)). Hinton et al. 2015."""

    kind: Literal["soft_targets"] = "soft_targets"
    weight: Weight = Field(0.9, description="factor of this term in the objective")
    temperature: float = Field(4.0, ge=0.01, le=1000, description="T: 1 leaves the probabilities as they are")


class HardTargets(TermBase):
    """Learn the teacher's decision as if it were the label: CE(z_s, argmax z_t)."""

    kind: Literal["hard_targets"] = "hard_targets"
    weight: Weight = Field(0.5, description="factor of this term in the objective")


TermSpec = Annotated[SoftTargets | HardTargets, Field(discriminator="kind")]
Term = Annotated[TermSpec, BeforeValidator(named("kind"), json_schema_input_type=str | TermSpec)]

# label_weight of the field's reference runs, by the first term; 1 with no term at all.
LABEL_WEIGHT = {"soft_targets": 0.1, "hard_targets": 0.5}


class Method(Spec):
    """objective = label_weight · CE(z_s, y) + Σ weight · term + Σ penalties"""

    label_weight: Weight | None = Field(
        None, description="factor of the label loss; null: the first term's preset"
    )
    terms: Many[Term] = Field((SoftTargets(),), max_length=16, description="what to imitate")


MethodField = Annotated[
    Method,
    BeforeValidator(
        lambda v: {"terms": [v]} if isinstance(v, str) else v, json_schema_input_type=str | Method
    ),
]
