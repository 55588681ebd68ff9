"""The fields of forms that carry a file, as they are checked once they have arrived."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Json

from core.encodings import NamesEncoding
from core.spec.base import Text
from core.spec.datasets import LARGEST_SIDE, SMALLEST_SIDE
from core.spec.models import Architecture


class Form(BaseModel):
    """A form knows text only: "224" is a number here."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DatasetForm(Form):
    """What is said beside the archive of a data set."""

    name: Text | None = Field(None, description="for people; by default the name of the file")
    folder: Annotated[str, Field(max_length=4000)] | None = Field(
        None, description="instead of a file: where it lies on the service's side, if the operator allows it"
    )
    image_size: Annotated[int, Field(ge=SMALLEST_SIDE, le=LARGEST_SIDE)] | None = Field(
        None, description="side of the packed images; by default their own up to 64 pixels, else 224"
    )
    resize: Literal["crop", "squash"] = Field(
        "crop",
        description="`crop`: the short side is resized, the centre is cut out; `squash`: both sides are",
    )
    names_encoding: NamesEncoding | None = Field(
        None,
        description="how names in the zip are written where it does not say so itself: `cp866`, `shift_jis`, "
        "`gbk`, …; by default UTF-8 where they are, else code page 437",
    )


class ModelForm(Form):
    """What is said beside a file of weights, where its own metadata lack it."""

    name: Text | None = Field(None, description="for people; by default the name of the file")
    architecture: Architecture | None = Field(
        None, description="which network; by default what the metadata or the names of the weights tell"
    )
    width: Annotated[float, Field(ge=0.1, le=4.0)] | None = Field(
        None, description="channel multiplier; by default what the shapes tell"
    )
    stem: Literal["small", "imagenet"] | None = Field(
        None, description="first layers; by default what the shapes tell, or the size of the images"
    )
    classes: Json[Annotated[tuple[Text, ...], Field(min_length=2, max_length=10_000)]] | None = Field(
        None, description="a JSON list of names, in the order of the outputs"
    )
