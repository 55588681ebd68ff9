"""python verify_tabular.py STUDENT.safetensors TABLE.csv: measure a student of a table with none of our code.

Builds the network with torch alone, as the header of the file says, reads its columns from the table, and
prints how good it is on the test rows that the file names: its accuracy, or of a measure its squared error.
"""

import csv
import json
import sys
from collections import OrderedDict
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "identity": nn.Identity}


def read(path: str) -> tuple[nn.Module, dict[str, Any]]:
    """The network with its weights, and the facts in the file's header, each of them JSON."""
    with safe_open(path, framework="pt") as file:
        facts = {name: json.loads(text) for name, text in file.metadata().items()}
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    wide = len(facts["columns"])
    for number, units in enumerate(facts["hidden"] or [], start=1):
        layers[f"hidden{number}"] = nn.Linear(wide, units)
        layers[f"activation{number}"] = ACTIVATIONS[facts["activation"]]()
        wide = units
    layers["output"] = nn.Linear(wide, len(facts["class_names"] or [None]))
    student = nn.Sequential(layers)
    student.load_state_dict(load_file(path))
    return student.eval(), facts


def test_rows(path: str, facts: dict[str, Any]) -> tuple[Tensor, list[str]]:
    """The standardised inputs of the test rows, and what stands in the column of the target."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for at, row in enumerate(csv.DictReader(file)) if at in set(facts["test_rows"])]
    values = [[float(row[column]) for column in facts["columns"]] for row in rows]
    mean, std = (torch.tensor(facts[name], dtype=torch.float64) for name in ("input_mean", "input_std"))
    inputs = (torch.tensor(values, dtype=torch.float64) - mean) / std
    return inputs.float(), [row[facts["target"]] for row in rows]


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    student, facts = read(sys.argv[1])
    inputs, found = test_rows(sys.argv[2], facts)
    with torch.no_grad():
        answers = student(inputs)
    if facts["class_names"] is None:
        predicted = answers[:, 0].double() * facts["target_std"] + facts["target_mean"]
        true = torch.tensor([float(value) for value in found], dtype=torch.float64)
        print(f"mse {(predicted - true).square().mean().item()!r}")
    else:
        named = [facts["class_names"][place] for place in answers.argmax(dim=1).tolist()]
        correct = sum(one == other for one, other in zip(named, found, strict=True))
        print(f"accuracy {correct / len(found)!r}")


if __name__ == "__main__":
    main()
