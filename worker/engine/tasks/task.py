"""What the engine must know of a task."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from worker.engine.data.dataset import Split
from worker.engine.data.scaling import Scaling
from worker.engine.data.tables.table import TableSplit
from worker.engine.methods.term import Term
from worker.engine.shapes import Labels, Logits, Measures


@runtime_checkable
class Score(Protocol):
    """How good the answers of a network are.

    fitness   by which epochs are compared: the higher, the better
    loss      what training makes small, without distillation and penalties
    metrics   by their names within a split: `accuracy`, `loss`, …
    """

    @property
    def fitness(self) -> float: ...
    @property
    def loss(self) -> float: ...
    @property
    def metrics(self) -> Mapping[str, float]: ...


@runtime_checkable
class Task(Protocol):
    """What is predicted, and which of two networks does it better.

    has_classes   whether labels are classes; else they are measures
    quality       the name of the number by which networks are compared
    """

    has_classes: bool
    quality: str

    def label_loss(self) -> Term:
        """Of answers against the labels."""

    def value(self, fitness: float) -> float:
        """The number that `quality` names, of a fitness."""

    def score(self, answers: Logits, split: Split | TableSplit, scaling: Scaling) -> Score:
        """How good these answers are, in the order of the split.

        scaling   of the network that gave them
        """

    def told(self, score: Any, answers: Logits, labels: Labels | Measures) -> Mapping[str, Any]:
        """What a report says of a network's answers."""

    def compared(
        self,
        answers: Mapping[str, Logits],
        scaling: Mapping[str, Scaling],
        labels: Labels | Measures,
        class_names: Sequence[str],
    ) -> Mapping[str, Any]:
        """The student's answers held against the teacher's, for a report; each by its name."""
