"""Tell classes apart: images or rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from worker.engine.data.dataset import Split
from worker.engine.data.scaling import Scaling
from worker.engine.data.tables.table import TableSplit
from worker.engine.evaluation import Score, agreement, score
from worker.engine.measures.calibration import calibration
from worker.engine.measures.classes import changes, confusion, lost_most, newly_confused
from worker.engine.measures.pairs import pair
from worker.engine.measures.ranking import top_five
from worker.engine.methods.label_loss import LabelLoss
from worker.engine.methods.term import Term
from worker.engine.shapes import Labels, Logits


class Classification:
    """Networks answer with logits; the one that is right more often is the better one."""

    has_classes = True
    quality = "accuracy"

    def label_loss(self) -> Term:
        return LabelLoss()

    def value(self, fitness: float) -> float:
        return fitness

    def score(self, answers: Logits, split: Split | TableSplit, scaling: Scaling) -> Score:
        return score(answers, split.labels)

    def told(self, score: Score, answers: Logits, labels: Labels) -> Mapping[str, Any]:
        return {
            **asdict(score),
            **asdict(top_five(answers, labels)),
            **asdict(calibration(answers, labels)),
        }

    def compared(
        self,
        answers: Mapping[str, Logits],
        scaling: Mapping[str, Scaling],
        labels: Labels,
        class_names: Sequence[str],
    ) -> Mapping[str, Any]:
        """As a whole and class by class."""
        teacher, student = answers["teacher"], answers["student"]
        found = changes(teacher, student, labels, class_names)
        taught, learned = confusion(teacher, labels), confusion(student, labels)
        return {
            "agreement": agreement(teacher, student),
            "student_against_teacher": asdict(pair(teacher, student, labels)),
            "classes": [asdict(one) for one in found],
            "classes_lost_most": [one.name for one in lost_most(found)],
            "newly_confused": [asdict(one) for one in newly_confused(taught, learned, class_names)],
        }


CLASSIFICATION = Classification()
