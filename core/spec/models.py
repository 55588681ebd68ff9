"""The networks of a job: the teacher, the student, and where their weights come from."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from core.spec.base import Seed, Spec
from core.spec.shorthand import named

Architecture = Literal["resnet18", "mobilenet_v2"]
Stem = Literal["auto", "small", "imagenet"]

SMALL_IMAGE = 64  # up to this side in pixels, `stem: auto` keeps the early layers at stride 1


class Train(Spec):
    """Train the teacher in this job, on the same data, before distilling."""

    kind: Literal["train"] = "train"
    epochs: int = Field(30, ge=1, le=10_000, description="passes over the training split")
    seed: Seed = Field(0, description="of the teacher's initial weights and batch order")


class Random(Spec):
    """Start from random weights."""

    kind: Literal["random"] = "random"


class Network(Spec):
    """An architecture, its width and its stem."""

    stem: Stem = Field(
        "auto",
        description="first layers: `small` keeps stride 1 for small images, `imagenet` is torchvision's own; "
        "`auto` takes `small` up to 64 pixels",
    )
    width: float = Field(1.0, ge=0.1, le=4.0, description="channel multiplier; mobilenet_v2 only")


class Teacher(Network):
    """The network that is imitated."""

    architecture: Architecture = Field("resnet18", description="which network")
    source: Annotated[
        Train, BeforeValidator(named("kind"), json_schema_input_type=Literal["train"] | Train)
    ] = Field(Train(), description="where its weights come from")


class Student(Network):
    """The network that is trained to imitate, and then downloaded."""

    architecture: Architecture = Field("mobilenet_v2", description="which network")
    source: Annotated[
        Random, BeforeValidator(named("kind"), json_schema_input_type=Literal["random"] | Random)
    ] = Field(Random(), description="where its initial weights come from")


TeacherField = Annotated[
    Teacher, BeforeValidator(named("architecture"), json_schema_input_type=Architecture | Teacher)
]
StudentField = Annotated[
    Student, BeforeValidator(named("architecture"), json_schema_input_type=Architecture | Student)
]
