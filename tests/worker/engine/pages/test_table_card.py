"""The lines of the card of a table predict as the student does, without this project."""

import ast
import csv
import re
import subprocess
import sys

import numpy as np
import pytest

from tests.worker.engine.documents.runs import TableRun, changed, example
from tests.worker.engine.pages.test_card import CHECK

QUICK = {"optimization": {"epochs": 5}, "teacher": {"source": {"kind": "train", "epochs": 1}}}


@pytest.mark.parametrize("name", ["perceptron.json", "logistic.json"])
def test_its_lines_answer_as_the_student_does(name, tmp_path):
    run = TableRun(changed(example(name), **QUICK), tmp_path, last=False)
    test = run.splits.test
    with (tmp_path / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([run.facts["columns"], *test.inputs.tolist()])
    (lines,) = re.findall(r"```python\n(.*?)```", (tmp_path / "model_card.md").read_text(), re.DOTALL)

    said = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", lines + CHECK],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip

    found = ast.literal_eval(said.stdout)
    told = run.report["student"]["test"]
    if run.facts["class_names"] is None:
        assert ((np.array(found) - test.labels.numpy()) ** 2).mean() == pytest.approx(told["mse"], rel=1e-5)
    else:
        right = [run.facts["class_names"][label] for label in test.labels.tolist()]
        assert np.mean([one == other for one, other in zip(found, right, strict=True)]) == told["accuracy"]


def test_it_says_what_is_predicted_from_what(tmp_path):
    run = TableRun(changed(example("line.json"), **QUICK), tmp_path, last=False)

    card = (tmp_path / "model_card.md").read_text()
    assert "linear, trained on its own beside linear on linear formula. It predicts y from x1." in card
    assert f"{run.report['dataset']['train_rows']} training" in card
