"""What was done to the student, in words: losses, regularizers, training, and what its weights came to."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.spec import JobSpec
from core.spec.teaching import is_taught
from worker.engine.pages.figures import Report
from worker.engine.pages.words import percent, table

Facts = Iterator[tuple[str, str]]
CONSTANT = {"kind": "constant"}  # over time: nothing to tell
# Of training; what is left out changes neither what is learned nor how well.
TRAINING = (
    "optimizer", "learning_rate", "schedule", "warmup_epochs", "momentum", "weight_decay", "epochs",
    "batch_size", "accumulation", "augmentation", "precision",
)  # fmt: skip


def taught(report: Report) -> str:
    """What the teacher did for the student: a verb between the two."""
    return "taught" if is_taught(_spec(report)) else "stood, as nothing asked it, beside"


def learned(report: Report, teacher: str) -> str:
    """How the student came about, of a teacher of that name."""
    return f"distilled from {teacher}" if is_taught(_spec(report)) else f"trained on its own beside {teacher}"


def _spec(report: Report) -> JobSpec:
    return JobSpec.model_validate(report["spec"])


def recipe(report: Report) -> Facts:
    """One line each: what is asked for, and with which numbers."""
    spec = report["spec"]
    yield "label loss", f"weight {_number(spec['method']['label_weight'])}"
    for part in (*spec["method"]["terms"], *spec["regularizers"]):
        yield part["kind"], ", ".join(_numbers(part)) or "as it stands"
    optimization = spec["optimization"]
    chosen = {name: optimization[name] for name in TRAINING if optimization.get(name) is not None}
    yield "training", ", ".join(_numbers(chosen))
    if (why := report["student"]["stopped"]) is not None:
        yield "ended", f"after epoch {report['student']['epochs']}: {why}"
    yield "largest weight", _number(report["student"]["weights"]["largest"])
    yield "weights that are 0", percent(report["student"]["weights"]["zeros"])


def trained_html(report: Report) -> str:
    """As a part of a page."""
    return f'<h2>How it was trained</h2><div class="small">{table(("", ""), recipe(report))}</div>'


def trained_markdown(report: Report) -> str:
    """As a part of a card."""
    lines = "".join(f"| {what} | {how} |\n" for what, how in recipe(report))
    return f"## How it was trained\n\n| | |\n|---|---|\n{lines}\n"


def _numbers(part: Mapping[str, Any]) -> Iterator[str]:
    """Of what a spec says; what it leaves open, or switches off, is no number."""
    for name, value in part.items():
        # Not `in`: 0 is equal to False, and a number.
        if not (name == "kind" or value is None or value is False or value == CONSTANT):
            yield f"{name.replace('_', ' ')} {_value(value)}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return "on"
        case float():
            return _number(value)
        case dict():
            return f"({', '.join([*filter(None, [value.get('kind')]), *_numbers(value)])})"
        case [[*_], *_]:  # a matrix, which nobody wants to read
            return f"of {len(value)}"
        case list():
            return " ".join(map(_value, value))
    return str(value)


def _number(value: float) -> str:
    return f"{value:.6g}"
