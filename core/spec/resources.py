"""What a job needs to run on."""

from typing import Annotated, Literal

from pydantic import Field

from core.spec.base import Spec


class Resources(Spec):
    """The devices that a job asks for."""

    gpus: Literal["auto"] | Annotated[int, Field(ge=0, le=1)] = Field(
        "auto", description="`auto`: a GPU if the worker has one, else the CPU; a number is a demand"
    )
