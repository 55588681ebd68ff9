"""What every distillation term has, whatever it imitates."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from core.spec.base import Spec
from core.spec.over_time import Constant, OverTime

Weight = Annotated[float, Field(ge=0, le=1e6)]


class TermBase(Spec):
    """What every term has beside its weight, whose default is its own.

    label_weight    of the field's reference runs, where this is the first term
    reads_labels    whether it asks which class an image is of
    least_classes   with fewer it says nothing
    hears           what it reads of the teacher: features are more than logits
    compares_images whether it holds the images of a batch against each other
    parts           fields that are factors of what it is the sum of: where all are 0, it is 0
    """

    label_weight: ClassVar[float] = 1.0
    reads_labels: ClassVar[bool] = False
    least_classes: ClassVar[int] = 2
    hears: ClassVar[Literal["nothing", "logits", "features"]] = "logits"
    compares_images: ClassVar[bool] = False
    parts: ClassVar[tuple[str, ...]] = ()
    over_time: OverTime = Constant()
