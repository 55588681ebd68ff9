"""What is said of a network beside its weights: by the metadata of the file, and by whoever sent it."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ModelRefused
from core.spec.base import Text
from worker.packing.names import shown

MOST_CLASSES = 10_000
Triple = tuple[float, float, float]
Spread = Annotated[float, Field(gt=0)]


class Said(BaseModel):
    """None is what nobody says. The names are those of the metadata that the engine writes.

    mean, std    per channel, of values scaled to 0 … 1
    dataset      what it was trained on
    projector    which one leads to the classifier of another network
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    architecture: str | None = None
    width: Annotated[float, Field(ge=0.1, le=4.0)] | None = None
    stem: Literal["small", "imagenet"] | None = None
    class_names: Annotated[tuple[Text, ...], Field(max_length=MOST_CLASSES)] | None = None
    image_size: Annotated[int, Field(ge=8, le=1024)] | None = None
    mean: Triple | None = None
    std: tuple[Spread, Spread, Spread] | None = None
    resize: Text | None = None
    dataset: Text | None = None
    projector: dict[str, Any] | None = None
    dataset_digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


def said(metadata: Mapping[str, str], told: Mapping[str, Any]) -> Said:
    """Both together; what a person tells goes before what the file says.

    raises ModelRefused where the file says what can't be
    """
    found = {name: _meant(metadata[name]) for name in Said.model_fields if name in metadata}
    try:
        return Said.model_validate(found | {name: value for name, value in told.items() if value is not None})
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise ModelRefused(
            f"its metadata say of `{wrong['loc'][0]}` what can't be: {shown(wrong['msg'])}",
            hint="Say it right in the header of the file, or beside it.",
        ) from error


def _meant(text: str) -> Any:
    """The text as JSON, as the engine writes it; or as it stands, as others do."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
