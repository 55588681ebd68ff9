"""What the regularizers of one group have in common."""

from typing import Annotated, ClassVar

from pydantic import Field

from core.spec.base import Pattern, Spec
from core.spec.over_time import Constant, OverTime, is_never

Strength = Annotated[float, Field(ge=0, le=1e6)]
Target = Annotated[Pattern | None, Field(description="glob over layer names; null: every layer")]


class Soft(Spec):
    """Bends the objective or the signal.

    force            name of the field that, at 0, does nothing
    needs_classes    whether it says something of classes, and nothing of a measure
    """

    force: ClassVar[str] = "strength"
    needs_classes: ClassVar[bool] = False

    over_time: OverTime = Constant()

    @property
    def reads_teacher(self) -> bool:
        """Whether what it pulls towards comes from the teacher."""
        return False


class Hard(Spec):
    """Enforces a limit: values outside of it do not occur after a step.

    force    name of the field that, at 0, limits nothing; most limits have none
    """

    force: ClassVar[str | None] = None


def is_idle(chosen: Soft | Hard, epochs: int | None = None) -> bool:
    """Whether it does nothing at any step: a run with it is the run without, bit for bit.

    epochs    of the training; None: of any
    """
    never = isinstance(chosen, Soft) and is_never(chosen.over_time, epochs)
    return never or (chosen.force is not None and getattr(chosen, chosen.force) == 0)
