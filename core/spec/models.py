"""The networks of a job: the teacher, the student, and where their weights come from."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from core.spec.base import Seed, Spec
from core.spec.shorthand import named
from core.spec.tabular_networks import Activation, Hidden, TabularArchitecture

Architecture = Literal[
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "wide_resnet50_2",
    "wide_resnet101_2",
    "mobilenet_v2", "mobilenet_v2_stride16", "mobilenet_v3_small", "mobilenet_v3_large",
    "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0",
    "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4",
    "efficientnet_v2_s",
    "regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf", "regnet_x_3_2gf", "regnet_y_400mf",
    "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf",
    "convnext_tiny", "convnext_small",
    "densenet121", "densenet169",
    "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn",
]  # fmt: skip
AnyArchitecture = Literal[Architecture, TabularArchitecture]
Stem = Literal["auto", "small", "imagenet"]

SMALL_IMAGE = 64  # up to this side in pixels, `stem: auto` keeps the early layers at stride 1
_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"


class Train(Spec):
    """Train the teacher in this job, on the same data, before distilling."""

    kind: Literal["train"] = "train"
    epochs: int = Field(30, ge=1, le=10_000, description="passes over the training split")
    seed: Seed = Field(0, description="of the teacher's initial weights and batch order")
    reuse: bool = Field(
        True, description="take the teacher of an earlier job of yours that was trained from all the same"
    )


class FromModel(Spec):
    """Take a model of yours: one that was uploaded, or a teacher that a job trained."""

    kind: Literal["model"] = "model"
    id: str = Field(pattern=f"^model_{_ULID}$", description="of the model")


class FromJob(Spec):
    """Take the teacher of a job of yours that has succeeded."""

    kind: Literal["job"] = "job"
    id: str = Field(pattern=f"^job_{_ULID}$", description="of the job")


class Pretrained(Spec):
    """Start from torchvision's weights, which are downloaded once; the classifier is new."""

    kind: Literal["pretrained"] = "pretrained"
    weights: Literal["default"] = Field("default", description="which: those that torchvision recommends")


class Finetuned(Pretrained):
    """Start from torchvision's weights, and train them on this data: the classifier is new."""

    epochs: int = Field(10, ge=1, le=10_000, description="passes over the training split")
    seed: Seed = Field(0, description="of the new classifier and the batch order")


class Random(Spec):
    """Start from random weights."""

    kind: Literal["random"] = "random"


def _whole(usual: str, any_of: Any) -> BeforeValidator:
    """A bare word is an id or a kind; an object says its kind, or it is told from its id.

    usual    the kind of an object that says nothing
    any_of   the sources, as a schema tells them: without a kind, too
    """

    def expand(value: Any) -> Any:
        if isinstance(value, str):
            kind = _kind_of(value)
            value = {"kind": value} if kind is None else {"kind": kind, "id": value}
        if isinstance(value, dict) and "kind" not in value:
            return {"kind": _kind_of(value.get("id")) or usual, **value}
        return value

    return BeforeValidator(expand, json_schema_input_type=str | any_of)


def _kind_of(id_: Any) -> str | None:
    """What an id names; None where it is none."""
    found, _, _ = id_.partition("_") if isinstance(id_, str) else ("", "", "")
    return found if found in ("model", "job") else None


TeacherSource = Annotated[Train | FromModel | FromJob | Finetuned, Field(discriminator="kind")]
StudentSource = Annotated[Random | FromModel | Pretrained, Field(discriminator="kind")]


class Network(Spec):
    """An architecture and its size: width and stem of a network of images, layers of one of rows."""

    stem: Stem = Field(
        "auto",
        description="first layers: `small` keeps stride 1 for small images, `imagenet` is torchvision's own; "
        "`auto` takes that of given weights, else `small` up to 64 pixels",
    )
    width: float = Field(1.0, ge=0.1, le=4.0, description="channel multiplier; mobilenets only")
    hidden: Hidden | None = Field(
        None, description="units of each hidden layer; mlp only, where null is [64, 64]"
    )
    activation: Activation | None = Field(
        None, description="behind each hidden layer; mlp only, where null is relu"
    )


class Teacher(Network):
    """The network that is imitated."""

    architecture: AnyArchitecture = Field(
        "resnet18", description="which network; of a table by default an mlp"
    )
    source: Annotated[TeacherSource, _whole("train", Train | FromModel | FromJob | Finetuned)] = Field(
        Train(), description="where its weights come from"
    )


class Student(Network):
    """The network that is trained to imitate, and then downloaded."""

    architecture: AnyArchitecture = Field(
        "mobilenet_v2", description="which network; of a table by default an mlp of 16 units"
    )
    source: Annotated[StudentSource, _whole("random", Random | FromModel | Pretrained)] = Field(
        Random(), description="where its initial weights come from"
    )


TeacherField = Annotated[
    Teacher, BeforeValidator(named("architecture"), json_schema_input_type=AnyArchitecture | Teacher)
]
StudentField = Annotated[
    Student, BeforeValidator(named("architecture"), json_schema_input_type=AnyArchitecture | Student)
]


def is_open(network: Network) -> bool:
    """Whether the weights that it names will say which architecture it is."""
    named = isinstance(getattr(network, "source", None), FromModel | FromJob)
    return named and "architecture" not in network.model_fields_set
