"""How teacher and student are measured."""

from typing import Annotated

from pydantic import Field

from core.spec.base import Many, Spec

Batch = Annotated[int, Field(ge=1, le=1024)]


class Evaluation(Spec):
    """Splits and measurements. Splits depend on the data only, never on `seed`."""

    validation_fraction: float = Field(0.1, gt=0, le=0.5, description="of the training images, stratified")
    test_fraction: float = Field(0.2, gt=0, le=0.5, description="where the data set has no test split")
    baseline: bool = Field(
        False,
        description="train the student a second time without its teacher, nor a regularizer that reads it, "
        "to tell what that was worth",
    )
    latency_batches: Many[Batch] = Field((1, 32), max_length=8, description="batch sizes to time")
