"""One step of training, as terms and regularizers see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from torch import nn

from worker.engine.clock import Time
from worker.engine.shapes import (
    Inputs,
    Labels,
    Logits,
    Maps,
    Measures,
    OtherMaps,
    Pooled,
    Rows,
    Scalar,
    Targets,
    Views,
)


@dataclass(frozen=True)
class Seen:
    """A batch as the networks see it; regularizers may change it before they do.

    images           what the student sees: images, or rows of a table
    teacher_images   what the teacher sees
    rows             where each image stands in the source data set
    views            which of its views each image shows, or None where views can't be listed
    targets          probabilities to learn instead of the labels, or None where the labels hold
    """

    images: Inputs
    teacher_images: Inputs
    labels: Labels | Measures
    rows: Rows
    views: Views | None = None
    targets: Targets | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def parts(self, count: int) -> list["Seen"]:
        """The batch cut into so many parts that differ by one image at most; fewer, if some had only one.

        Batch normalisation can't learn from a single value a channel.
        """
        count = min(count, len(self) // 2)
        if count < 2:
            return [self]
        cut = [
            [None] * count if whole is None else whole.tensor_split(count)
            for whole in (getattr(self, field.name) for field in fields(self))
        ]
        return [Seen(*part) for part in zip(*cut, strict=True)]


@dataclass(frozen=True)
class Features:
    """What a network computed on its way to the logits, in float32; only what some term needs.

    stages   the map at the end of each stage, by its number from 1
    pooled   the vectors that the last linear layer reads
    read     the maps whose average is what the teacher's classifier reads: of the teacher its last stage's,
             of the student the projector's
    """

    stages: Mapping[int, Maps] = field(default_factory=dict)
    pooled: Pooled | None = None
    read: OtherMaps | None = None


@dataclass(frozen=True)
class Moment:
    """What is known once both networks have answered.

    student, teacher   logits; the teacher's are None where no term reads it
    loss               the objective without penalties, in time for these; None while it is computed
    """

    time: Time
    seen: Seen
    network: nn.Module
    student: Logits
    teacher: Logits | None
    student_features: Features = Features()
    teacher_features: Features = Features()
    loss: Scalar | None = None

    @property
    def labels(self) -> Labels | Measures:
        return self.seen.labels
