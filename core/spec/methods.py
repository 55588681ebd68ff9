"""What the student is asked to imitate: weighted terms, each beside the label loss."""

from typing import Annotated, get_args

from pydantic import BeforeValidator, Field

from core.spec.base import Many, Spec
from core.spec.feature_terms import FeatureTerm
from core.spec.logit_terms import LogitTerm, SoftTargets
from core.spec.over_time import is_never
from core.spec.shorthand import named
from core.spec.term import TermBase, Weight

TermSpec = Annotated[LogitTerm | FeatureTerm, Field(discriminator="kind")]
Term = Annotated[TermSpec, BeforeValidator(named("kind"), json_schema_input_type=str | TermSpec)]

TERMS: tuple[type[TermBase], ...] = get_args(get_args(TermSpec)[0])


class Method(Spec):
    """objective = label_weight · CE(z_s, y) + Σ weight · term + Σ penalties"""

    label_weight: Weight | None = Field(
        None, description="factor of the label loss; null: the first term's preset"
    )
    terms: Many[Term] = Field((SoftTargets(),), max_length=16, description="what to imitate")

    @property
    def of_labels(self) -> float:
        """The factor of the label loss: the one that was given, or the first term's preset."""
        if self.label_weight is not None:
            return self.label_weight
        return self.terms[0].label_weight if self.terms else 1.0

    def at_work(self, epochs: int | None = None) -> dict[int, TermSpec]:
        """The terms that weigh something at some step of a training of so many epochs, by their place.

        epochs    None: of any training
        """
        return {place: term for place, term in enumerate(self.terms) if _weighs(term, epochs)}


def _weighs(term: TermSpec, epochs: int | None) -> bool:
    is_empty = bool(term.parts) and not any(getattr(term, part) for part in term.parts)
    return term.weight > 0 and not is_empty and not is_never(term.over_time, epochs)


MethodField = Annotated[
    Method,
    BeforeValidator(
        lambda v: {"terms": [v]} if isinstance(v, str) else v, json_schema_input_type=str | Method
    ),
]
