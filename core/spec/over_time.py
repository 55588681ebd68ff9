"""How a strength changes while a network is trained: a factor from 0 to 1 and beyond, beside the strength."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from core.spec.base import Spec
from core.spec.shorthand import named

Factor = Annotated[float, Field(ge=0, le=1e6)]
Epochs = Annotated[float, Field(gt=0, le=10_000)]


class Constant(Spec):
    """The same all the time."""

    kind: Literal["constant"] = "constant"


class WarmUp(Spec):
    """From 0 to 1 in a straight line, then 1: min(e / epochs, 1), e = epochs done."""

    kind: Literal["warm_up"] = "warm_up"
    epochs: Epochs = Field(20, description="until the full strength is reached")


class _Change(Spec):
    start: Factor = Field(1.0, description="factor of the strength before `begin`")
    end: Factor = Field(0.0, description="factor of the strength from the end of the change on")
    begin: float = Field(0.0, ge=0, le=10_000, description="epochs done when the change begins")
    epochs: Epochs | None = Field(None, description="that the change takes; null: all that are left")


class Linear(_Change):
    """From `start` to `end` in a straight line."""

    kind: Literal["linear"] = "linear"


class Cosine(_Change):
    """From `start` to `end` along half a cosine: slow, fast, slow."""

    kind: Literal["cosine"] = "cosine"


OverTimeSpec = Annotated[Constant | WarmUp | Linear | Cosine, Field(discriminator="kind")]
OverTime = Annotated[
    OverTimeSpec,
    BeforeValidator(named("kind"), json_schema_input_type=str | OverTimeSpec),
    Field(description="how the strength changes while the student is trained"),
]


def is_never(chosen: OverTimeSpec, epochs: int | None = None) -> bool:
    """Whether the factor is 0 at every step of a training of so many epochs; None: of any."""
    if not isinstance(chosen, Linear | Cosine) or chosen.start > 0:
        return False
    return chosen.end == 0 or (epochs is not None and chosen.begin >= epochs)
