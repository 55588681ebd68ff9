"""Whole runs of an example, and their students as anyone would use them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from core.spec import JobSpec
from tests.worker.engine.listener import Listener
from worker.engine import distill
from worker.engine.data.splits import Splits, split_table
from worker.engine.data.tables.table import TableSplit
from worker.engine.registry import dataset

EXAMPLES = Path(__file__).parents[4] / "examples"
Numbers = NDArray[np.float64]


class Ending(Listener):
    """Asks for the end before the student's last epoch: what it then has is kept beside its best."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    @property
    def losses(self) -> list[float]:
        """The mean objective of each epoch of the student."""
        told = (values for _, _, _, values in self.all("metrics"))
        return [values["train/epoch_loss"] for values in told if "train/epoch_loss" in values]

    def stop_requested(self) -> bool:
        return len(self.losses) == self.epochs - 1


class TableRun:
    """A job on a table, done; its student read from its file.

    last   take the weights at the end, where the training objective is smallest, not those that validate best
    """

    def __init__(self, document: dict[str, Any], out: Path, *, last: bool = True) -> None:
        self.spec = JobSpec.model_validate(document)
        self.listener = Ending(self.spec.optimization.epochs if last else 0)
        self.report = distill(self.spec, out, reporter=self.listener)
        self.facts, self.weights = read(out / f"student{'.last' * last}.safetensors")
        _, self.teacher = read(out / "teacher.safetensors")

    @property
    def line(self) -> tuple[float, float]:
        """Slope and intercept of a linear student of one input, in the units of the table."""
        facts = self.facts
        (mean,), (std,) = facts["input_mean"], facts["input_std"]
        slope = self.weights["output.weight"].item() * facts["target_std"] / std
        at_mean = self.weights["output.bias"].item() * facts["target_std"] + facts["target_mean"]
        return slope, at_mean - slope * mean

    @property
    def seen(self) -> tuple[Numbers, Numbers]:
        """Inputs and labels as training saw them."""
        part = self.splits.train
        inputs = (part.inputs.numpy() - self.facts["input_mean"]) / self.facts["input_std"]
        labels = part.labels.numpy()
        return inputs, (labels - self.facts["target_mean"]) / self.facts["target_std"]

    @property
    def splits(self) -> Splits[TableSplit]:
        """Cut as the run cuts them."""
        return split_table(dataset(self.spec.dataset, None, self.spec.task), self.spec.evaluation)


def read(path: Path) -> tuple[dict[str, Any], dict[str, Numbers]]:
    """The facts in the header of the file, and the weights."""
    with safe_open(path, framework="np") as file:
        facts = {name: json.loads(text) for name, text in file.metadata().items()}
        return facts, {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}  # noqa: SIM118


def example(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLES / name).read_text())
    return document


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The document with other fields; of an object, only those that are given are others."""
    inner = {
        name: document[name] | value if isinstance(value, dict) and name in document else value
        for name, value in changes.items()
    }
    return document | inner
