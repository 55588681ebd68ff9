"""Predict a measure from a row."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from worker.engine.data.dataset import Split
from worker.engine.data.scaling import Scaling
from worker.engine.data.tables.standardization import Standardization
from worker.engine.data.tables.table import TableSplit
from worker.engine.measures.residuals import residuals
from worker.engine.methods.squared_error import SquaredError
from worker.engine.methods.term import Term
from worker.engine.shapes import Logits, Measures


@dataclass(frozen=True)
class Errors:
    """How far predictions are off, in the units of the target (mse: squared).

    r2                 1 − Σ(y − ŷ)² / Σ(y − mean y)² over these rows; None where all y are equal
    standardized_mse   in units of the target's standard deviation on the training rows, as training sees it
    """

    mse: float
    rmse: float
    mae: float
    r2: float | None
    rows: int
    standardized_mse: float

    @property
    def fitness(self) -> float:
        return -self.mse

    @property
    def loss(self) -> float:
        return self.standardized_mse

    @property
    def metrics(self) -> Mapping[str, float]:
        r2 = {} if self.r2 is None else {"r2": self.r2}
        return {"mse": self.mse, "mae": self.mae, **r2, "loss": self.loss}


def errors(predicted: Measures, true: Measures, std: float) -> Errors:
    """Compare predictions with what is true, both in the units of the target.

    std   of the target on the training rows
    """
    off, true = (predicted.double() - true.double()), true.double()
    mse = off.square().mean().item()
    spread = (true - true.mean()).square().mean().item()
    return Errors(
        mse=mse,
        rmse=math.sqrt(mse),
        mae=off.abs().mean().item(),
        r2=1 - mse / spread if spread > 0 else None,
        rows=len(true),
        standardized_mse=mse / std**2,
    )


class Regression:
    """Networks answer with one standardised number; the one that is off by less is the better one."""

    has_classes = False
    quality = "mse"

    def label_loss(self) -> Term:
        return SquaredError()

    def value(self, fitness: float) -> float:
        return -fitness

    def score(self, answers: Logits, split: Split | TableSplit, scaling: Scaling) -> Errors:
        predicted = _predicted(answers, scaling)
        return errors(predicted, split.labels.to(predicted.device), _of_table(scaling).target_std)

    def told(self, score: Errors, answers: Logits, labels: Measures) -> Mapping[str, Any]:
        return asdict(score)

    def compared(
        self,
        answers: Mapping[str, Logits],
        scaling: Mapping[str, Scaling],
        labels: Measures,
        class_names: Sequence[str],
    ) -> Mapping[str, Any]:
        """The root mean squared difference of their predictions in the units of the target; residuals."""
        predicted = {name: _predicted(answers[name], scaling[name]) for name in ("teacher", "student")}
        difference = predicted["teacher"] - predicted["student"]
        return {
            "agreement": None,
            "difference_rmse": difference.square().mean().sqrt().item(),
            "residuals": asdict(residuals(predicted, labels)),
        }


def _predicted(answers: Logits, scaling: Scaling) -> Measures:
    return _of_table(scaling).measures(answers[:, 0])


def _of_table(scaling: Scaling) -> Standardization:
    assert isinstance(scaling, Standardization), "what is measured stands in a table"
    return scaling


REGRESSION = Regression()
