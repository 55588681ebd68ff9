"""What the student is asked to imitate: weighted terms, each beside the label loss."""

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field

from core.spec.base import Many, Spec
from core.spec.feature_terms import FeatureTerm
from core.spec.shorthand import named
from core.spec.term import TermBase, Weight


class SoftTargets(TermBase):
    """Match the teacher's softened probabilities: T² · KL(p_t(T) ‖ p_s(T)). Hinton et al. 2015."""

    label_weight: ClassVar[float] = 0.1
    kind: Literal["soft_targets"] = "soft_targets"
    weight: Weight = Field(0.9, description="factor of this term in the objective")
    temperature: float = Field(4.0, ge=0.01, le=1000, description="T: 1 leaves the probabilities as they are")


class HardTargets(TermBase):
    """Learn the teacher's decision as if it were the label: CE(z_s, argmax z_t)."""

    label_weight: ClassVar[float] = 0.5
    kind: Literal["hard_targets"] = "hard_targets"
    weight: Weight = Field(0.5, description="factor of this term in the objective")


TermSpec = Annotated[SoftTargets | HardTargets | FeatureTerm, Field(discriminator="kind")]
Term = Annotated[TermSpec, BeforeValidator(named("kind"), json_schema_input_type=str | TermSpec)]

TERMS: tuple[type[TermBase], ...] = get_args(get_args(TermSpec)[0])


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
