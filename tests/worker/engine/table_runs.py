"""Whole runs on tables, and their students as anyone would use them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from core.spec import JobSpec
from tests.worker.engine.builders import Listener
from worker.engine import distill
from worker.engine.data.splits import Splits, split_table
from worker.engine.data.tables.table import TableSplit
from worker.engine.registry import dataset

EXAMPLES = Path(__file__).parents[3] / "examples"


class TableRun:
    """A job on a table, done; its student read from its file."""

    def __init__(self, document: dict[str, Any], out: Path) -> None:
        self.spec = JobSpec.model_validate(document)
        self.listener = Listener()
        self.report = distill(self.spec, out, reporter=self.listener)
        with safe_open(out / "student.safetensors", framework="np") as file:
            self.facts = {name: json.loads(text) for name, text in file.metadata().items()}
            self.weights = {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}  # noqa: SIM118

    @property
    def line(self) -> tuple[float, float]:
        """Slope and intercept of a linear student of one input, in the units of the table."""
        facts = self.facts
        (mean,), (std,) = facts["input_mean"], facts["input_std"]
        slope = self.weights["output.weight"].item() * facts["target_std"] / std
        at_mean = self.weights["output.bias"].item() * facts["target_std"] + facts["target_mean"]
        return slope, at_mean - slope * mean

    @property
    def splits(self) -> Splits[TableSplit]:
        """What it learned from, cut as the run cuts it."""
        return split_table(dataset(self.spec.dataset, None, self.spec.task), self.spec.evaluation)

    def standardised(self, part: TableSplit) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and labels as training sees them."""
        inputs = (part.inputs.numpy() - self.facts["input_mean"]) / self.facts["input_std"]
        labels = part.labels.numpy()
        return inputs, (labels - self.facts["target_mean"]) / self.facts["target_std"]


def example(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLES / name).read_text())
    return document


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The document with some fields of its objects changed."""
    inner = {
        name: {**document[name], **value}
        if isinstance(value, dict) and isinstance(document.get(name), dict)
        else value
        for name, value in changes.items()
    }
    return {**document, **inner}
