"""model_card.md of a student of a table: what it predicts, how well, and how to use it elsewhere."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from worker.engine.pages.card import STUDENT, plain
from worker.engine.pages.figures import Report
from worker.engine.pages.recipe import learned, trained_markdown
from worker.engine.pages.words import count, percent, size, within

TABLE = "table.csv"
ACTIVATIONS = {"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid", "identity": "Identity"}


def table_card(report: Report) -> str:
    """The card as Markdown."""
    data, student = report["dataset"], report["student"]
    columns = ", ".join(map(plain, data["columns"]))
    return (
        f"# {plain(report['name'] or student['architecture'])}\n\n"
        f"{named(student)}, {learned(report, named(report['teacher']))} on {plain(data['title'])}. It "
        f"predicts {plain(data['target'])} from {columns}.\n\n## Use it\n\n```python\n{use(report)}```\n\n"
        f"## How good it is\n\n{_table(report)}\n"
        f"Measured on {data['test_rows']:,} test rows that neither training nor the choice of the epoch has "
        f"seen.\n\n{trained_markdown(report)}## What it has seen\n\n"
        f"{data['train_rows']:,} training and {data['validation_rows']:,} "
        f"validation rows; data set sha256 `{data['digest']}`; seed {report['seed']}. Inputs are "
        f"(v − input_mean) / input_std per column, as the header of the file has them. It has seen nothing "
        f"else: rows unlike these get an answer, too.\n"
    )


def use(report: Report) -> str:
    """Lines of Python that predict for each row of a CSV file with torch and safetensors alone."""
    layers = "".join(f'student.add_module("{name}", torch.nn.{made})\n' for name, made in _layers(report))
    return (
        "import csv, json, torch\n"
        "from safetensors import safe_open\n"
        f'file = safe_open("{STUDENT}", framework="pt")\n'
        "facts = {name: json.loads(text) for name, text in file.metadata().items()}\n"
        f"student = torch.nn.Sequential()\n{layers}"
        "student.load_state_dict({name: file.get_tensor(name) for name in file.keys()})\n"
        f'with open("{TABLE}", encoding="utf-8-sig", newline="") as table:\n'
        '    rows = [[float(row[name]) for name in facts["columns"]] for row in csv.DictReader(table)]\n'
        "rows, mean, std = (torch.tensor(v, dtype=torch.float64)\n"
        '                   for v in (rows, facts["input_mean"], facts["input_std"]))\n'
        "answers = student(((rows - mean) / std).float())\n"
        f"print({_answer(report)})\n"
    )


def _layers(report: Report) -> Iterator[tuple[str, str]]:
    data, student = report["dataset"], report["student"]
    wide = [len(data["columns"]), *(student["hidden"] or [])]
    for number, (inputs, outputs) in enumerate(pairwise(wide), start=1):
        yield f"hidden{number}", f"Linear({inputs}, {outputs})"
        yield f"activation{number}", f"{ACTIVATIONS[student['activation']]}()"
    yield "output", f"Linear({wide[-1]}, {len(data['class_names'] or [None])})"


def _answer(report: Report) -> str:
    if report["dataset"]["class_names"]:
        return '[facts["class_names"][place] for place in answers.argmax(dim=1).tolist()]'
    return '(answers[:, 0].double() * facts["target_std"] + facts["target_mean"]).tolist()'


def named(network: Mapping[str, Any]) -> str:
    """The architecture, with its hidden layers."""
    hidden = network["hidden"]
    return f"{network['architecture']}" + (f" ({' → '.join(map(str, hidden))} units)" if hidden else "")


def _table(report: Report) -> str:
    both = [report[role] for role in ("student", "teacher")]
    tests = [one["test"] for one in both]
    if report["dataset"]["class_names"]:
        quality = [
            ("accuracy", *(f"{percent(one['accuracy'])} ({within(one['interval'])})" for one in tests)),
            ("calibration error", *(f"{one['calibration_error']:.4f}" for one in tests)),
        ]
    else:
        quality = [
            ("root mean squared error", *(f"{one['rmse']:.4g}" for one in tests)),
            ("share of the spread that is explained, R²", *(percent(one["r2"]) for one in tests)),
        ]
    rows = (
        *quality,
        ("parameters", *(count(one["parameters"]) for one in both)),
        ("file", *(size(one["file"]["bytes"]) for one in both)),
    )
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"| | student | teacher |\n|---|---|---|\n{lines}"
