"""The data a job learns from: a set known by name, or one that somebody uploaded."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from core.spec.base import Spec
from core.spec.tables import BUILTIN_TABLES, Columns, Formula, Table, TableFacts, facts_of_formula

SMALLEST_SIDE, LARGEST_SIDE = 8, 1024  # of images that networks are trained on, in pixels


@dataclass(frozen=True)
class DatasetFacts:
    """What must be known of a set of images before anything is loaded.

    image_size   side of the square images, in pixels, as the network sees them
    test_images  0 where the set has no test split of its own: one is cut from the training images
    """

    title: str
    classes: int
    image_size: int
    train_images: int
    test_images: int


Facts = DatasetFacts | TableFacts
# Of a set that somebody uploaded.
UploadedFacts = DatasetFacts | Columns

BUILTIN_IMAGES = {
    "digits": DatasetFacts("scikit-learn's 1,797 scans of handwritten digits", 10, 32, 1797, 0),
    "cifar10": DatasetFacts("CIFAR-10: 60,000 colour photographs", 10, 32, 50_000, 10_000),
    "cifar100": DatasetFacts("CIFAR-100: 60,000 colour photographs, 100 classes", 100, 32, 50_000, 10_000),
    "mnist": DatasetFacts("MNIST: 70,000 scans of handwritten digits", 10, 28, 60_000, 10_000),
    "fashion-mnist": DatasetFacts("Fashion-MNIST: 70,000 pictures of clothes", 10, 28, 60_000, 10_000),
}
BUILTIN: dict[str, Facts] = {**BUILTIN_IMAGES, **BUILTIN_TABLES}


class Subset(Spec):
    """A part of the training images; always the same one, whatever the seed."""

    per_class: int = Field(
        ge=2, le=10_000_000, description="training images of each class, validation among them; or all it has"
    )


SubsetField = Annotated[
    Subset | None,
    Field(description="fewer training images, to try something out; the test split stays whole"),
]


class Builtin(Spec):
    """A data set known by name; `digits` and the tables work offline, the others are downloaded once."""

    kind: Literal["builtin"] = "builtin"
    name: Literal[
        "digits", "cifar10", "cifar100", "mnist", "fashion-mnist",
        "diabetes", "breast_cancer", "iris", "wine",
    ] = Field(description="which data set")  # fmt: skip
    subset: SubsetField = None


class Uploaded(Spec):
    """Images of your own; `distillery data add` gives the id."""

    kind: Literal["uploaded"] = "uploaded"
    id: str = Field(pattern="^ds_[0-7][0-9A-HJKMNP-TV-Z]{25}$", description="of the uploaded set")
    subset: SubsetField = None
    image_size: int | None = Field(
        None, ge=SMALLEST_SIDE, le=LARGEST_SIDE,
        description="side in pixels; null: that of equal squares of at most 64, else by rule",
    )  # fmt: skip
    resize: Literal["crop", "squash"] | None = Field(
        None,
        description="`crop`: short side, then the centre; `squash`: both sides, whatever their ratio; "
        "null: as the set was packed",
    )


def _whole(value: Any) -> Any:
    """A bare word is a name, or an id; an object says its kind, or it is told from its fields."""
    if isinstance(value, str):
        value = {"id": value} if value.startswith("ds_") else {"name": value}
    if isinstance(value, dict) and "kind" not in value:
        return {"kind": _kind_of(value), **value}
    return value


def _kind_of(fields: dict[str, Any]) -> str:
    if "id" in fields:
        return "table" if fields.keys() & {"target", "inputs"} else "uploaded"
    return "formula" if fields.keys() & {"form", "slopes"} else "builtin"


DatasetSpec = Annotated[Builtin | Uploaded | Table | Formula, Field(discriminator="kind")]
Dataset = Annotated[DatasetSpec, BeforeValidator(_whole, json_schema_input_type=str | DatasetSpec)]


def facts_of(chosen: DatasetSpec, uploaded: UploadedFacts | None) -> Facts | None:
    """What is known of the chosen set, at the size or with the target that was asked for.

    uploaded    what the caller knows of an uploaded set; None where it knows nothing, and so does the answer
    """
    match chosen, uploaded:
        case Builtin(), _:
            return BUILTIN[chosen.name]
        case Formula(), _:
            return facts_of_formula(chosen)
        case Table(), Columns():
            return uploaded.facts(chosen.target, chosen.inputs)
        case Uploaded(image_size=None), DatasetFacts():
            return uploaded
        case Uploaded(image_size=int(side)), DatasetFacts():
            return replace(uploaded, image_size=side)
    return None


def subset_of(chosen: DatasetSpec) -> Subset | None:
    """The part of it that was asked for; a table of one's own and a formula are taken whole."""
    return chosen.subset if isinstance(chosen, Builtin | Uploaded) else None
