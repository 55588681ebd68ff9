"""The ground every spec class stands on."""

import unicodedata
from collections.abc import Callable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError, PydanticKnownError

Item = TypeVar("Item")

JOINERS = {"\u200c", "\u200d"}  # not printable by themselves, yet part of ordinary words and emoji


class Spec(BaseModel):
    """A request, as data: immutable, closed to unknown fields, and never coerced from another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def printable(longest: int) -> Callable[[str], str]:
    """The text in normal form C, without spaces around it.

    Control, format and unassigned characters are refused, and so is a text in which there is nothing to see.
    """

    def normal_form(text: str) -> str:
        normal = unicodedata.normalize("NFC", text).strip(" ")
        if not all(char.isprintable() or char in JOINERS for char in normal):
            raise PydanticCustomError("not_printable", "text must hold printable characters only")
        if not set(normal) - JOINERS - {" "}:
            raise PydanticCustomError("blank", "text must hold more than spaces")
        if len(normal) > longest:  # a few characters become three
            raise PydanticKnownError("string_too_long", {"max_length": longest})
        return normal

    return normal_form


# Said to those who read the schema; `printable` sees to it, and has a better word for what is wrong.
_NOT_BLANK = {"pattern": r"\S"}
Text = Annotated[
    str, Field(min_length=1, max_length=200, json_schema_extra=_NOT_BLANK), AfterValidator(printable(200))
]
Tag = Annotated[
    str, Field(min_length=1, max_length=64, json_schema_extra=_NOT_BLANK), AfterValidator(printable(64))
]
# JSON has lists only; a frozen spec holds tuples.
Many = Annotated[tuple[Item, ...], Field(strict=False)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Pattern = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_.*?\[\]!-]+$")]
