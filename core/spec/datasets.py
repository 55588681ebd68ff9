"""The data a job learns from."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from core.spec.base import Spec
from core.spec.shorthand import named


@dataclass(frozen=True)
class DatasetFacts:
    """What must be known of a data set before anything is loaded.

    image_size   side of the square images, in pixels, as the network sees them
    test_images  0 where the set has no test split of its own: one is cut from the training images
    """

    title: str
    classes: int
    image_size: int
    train_images: int
    test_images: int


BUILTIN = {
    "digits": DatasetFacts("scikit-learn's 1,797 scans of handwritten digits", 10, 32, 1797, 0),
    "cifar10": DatasetFacts("CIFAR-10: 60,000 colour photographs", 10, 32, 50_000, 10_000),
}


class Builtin(Spec):
    """A data set known by name; `digits` works offline, `cifar10` is downloaded once."""

    kind: Literal["builtin"] = "builtin"
    name: Literal["digits", "cifar10"] = Field("cifar10", description="which data set")


Dataset = Annotated[Builtin, BeforeValidator(named("name"), json_schema_input_type=str | Builtin)]
