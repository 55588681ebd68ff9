"""A soft regularizer that knows something of the classes beside their images."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from core.spec.base import Many, Spec
from core.spec.regularizers.base import Soft, Strength
from core.spec.shorthand import named

Statistic = Literal["colour", "shape", "texture"]
Component = Annotated[float, Field(ge=-1e6, le=1e6)]
Vector = Annotated[Many[Component], Field(min_length=1, max_length=4096)]


class ImageStatistics(Spec):
    """What the training images of a class look like: histograms of colours and of the directions of edges,
    and how much brightness varies within small windows."""

    kind: Literal["image_statistics"] = "image_statistics"
    parts: Many[Statistic] = Field(("colour", "shape", "texture"), min_length=1, max_length=3)


class Vectors(Spec):
    """Vectors of your own, one of each class in the order of the classes: embedded names, or attributes."""

    kind: Literal["vectors"] = "vectors"
    values: Many[Vector] = Field(min_length=2, max_length=10_000, description="all of one length")

    @model_validator(mode="after")
    def of_one_length(self) -> Self:
        first = len(self.values[0])
        for number, vector in enumerate(self.values):
            if len(vector) != first:
                told = {"number": number, "length": len(vector), "first": first}
                raise PydanticCustomError(
                    "of_other_length", "vector {number} has {length} numbers, the first has {first}", told
                )
        return self


class TeacherPrototypes(Spec):
    """What the teacher computes before its classifier, on average over the training images of a class."""

    kind: Literal["teacher_prototypes"] = "teacher_prototypes"


GuidanceSpec = Annotated[ImageStatistics | Vectors | TeacherPrototypes, Field(discriminator="kind")]


class Guided(Soft):
    """Pull the classifier towards what is known of each class: strength · Σ ‖W_c − E v_c‖², E learned."""

    needs_classes: ClassVar[bool] = True

    kind: Literal["guided"] = "guided"
    strength: Strength = Field(1e-3, description="factor of the pull")
    source: Annotated[
        GuidanceSpec, BeforeValidator(named("kind"), json_schema_input_type=str | GuidanceSpec)
    ] = Field(
        ImageStatistics(),
        description="of the vectors v_c; they are centred over the classes, and scaled to a mean length of 1",
    )
    encoder_decay: float = Field(
        1e-3, gt=0, le=1e6, description="factor of ‖E‖²; without, E fits any W and there is no pull"
    )

    @property
    def reads_teacher(self) -> bool:
        return isinstance(self.source, TeacherPrototypes)
