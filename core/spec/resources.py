"""What a job needs to run on."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticKnownError

from core.spec.base import Spec


def _no_stand_in(value: Any) -> Any:
    """True equals 1, as 1.0 does, and so each would pass for it: neither is a number of devices."""
    if isinstance(value, bool | float):
        raise PydanticKnownError("literal_error", {"expected": "'auto', 0, 1, 2, 3, 4, 5, 6, 7 or 8"})
    return value


class Resources(Spec):
    """The devices that a job asks for."""

    gpus: Annotated[Literal["auto", 0, 1, 2, 3, 4, 5, 6, 7, 8], BeforeValidator(_no_stand_in)] = Field(
        "auto",
        description="`auto`: a GPU if the worker has one, else the CPU; a number is a demand. Of several, "
        "each learns from its part of every batch",
    )

    @property
    def ranks(self) -> int:
        """Processes that share the training: one for each GPU that is demanded."""
        return 1 if self.gpus == "auto" else max(1, self.gpus)
