"""The fields of forms that carry a file, as they are checked once they have arrived."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from core.spec.base import Spec, Text


class DatasetForm(Spec):
    """What is said beside the archive of a data set."""

    # A form knows text only: "224" is a number here.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    name: Text | None = Field(None, description="for people; by default the name of the file")
    folder: Annotated[str, Field(max_length=4000)] | None = Field(
        None, description="instead of a file: where it lies on the service's side, if the operator allows it"
    )
    image_size: Annotated[int, Field(ge=8, le=512)] | None = Field(
        None, description="side of the packed images; by default their own up to 64 pixels, else 224"
    )
    resize: Literal["crop", "squash"] = Field(
        "crop",
        description="`crop`: the short side is resized, the centre is cut out; `squash`: both sides are",
    )
