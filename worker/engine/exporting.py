"""Make the further formats of the student, and hold each against it before it is handed over."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from core.errors import Cancelled
from core.spec import JobSpec
from core.spec.reuse import reuse
from worker.engine import registry
from worker.engine.data.batches import evaluation_batches
from worker.engine.data.dataset import Split
from worker.engine.data.material import Material
from worker.engine.data.tables.table import TableSplit
from worker.engine.data.views import hashed
from worker.engine.evaluation import agreement
from worker.engine.exports.export import Compared, Export
from worker.engine.exports.metadata import metadata
from worker.engine.exports.subject import EXAMPLE_BATCH, Subject
from worker.engine.narrator import Narrator
from worker.engine.randomness import derive
from worker.engine.shapes import Inputs, Logits
from worker.engine.tasks.task import Task
from worker.engine.trained import Trained

CPU = torch.device("cpu")
LONGEST_REASON = 500  # characters; an exporter may explain itself over pages


@dataclass(frozen=True)
class Exported:
    """One format: its file, unless its check failed, and what the report says of it."""

    file: str
    content: bytes | None
    told: Mapping[str, Any]


def exported(
    spec: JobSpec, material: Material, student: Trained, logits: Logits, narrator: Narrator
) -> Iterator[tuple[str, Exported]]:
    """Every format that the spec asks for, by its kind; a failed one is told of, and costs only itself.

    logits    the student's own on the test split: what every file must answer, too

    raises Cancelled
    """
    subject = _subject(spec, material, student)
    for kind, export in registry.exports(spec.exports).items():
        narrator.check()
        with narrator.busy():
            made = _checked(registry.TASKS[spec.task], export, subject, material, logits.cpu(), narrator)
        told = {name: made.told.get(name) for name in ("accuracy", "r2", "agreement", "max_abs_difference")}
        values = {f"export/{kind}/{name}": value for name, value in told.items() if value is not None}
        narrator.metrics(student.steps, student.epochs, values)
        if made.content is None:
            narrator.log("warning", f"{made.file} is not handed over: {made.told['why']}")
        yield kind, made


def _subject(spec: JobSpec, material: Material, student: Trained) -> Subject:
    return Subject(
        student.network,
        calibration(material, EXAMPLE_BATCH),
        partial(calibration, material),
        metadata(spec.student, material, reuse(spec)),
    )


def _checked(
    task: Task, export: Export, subject: Subject, material: Material, logits: Logits, narrator: Narrator
) -> Exported:
    """Make it, read it again, and compare what it answers.

    Whatever goes wrong is the format's own affair: exporters raise nearly anything. Hence the wide net.
    """
    began, content, compared = time.monotonic(), None, None
    try:
        content = export.make(subject)
        answer = export.open(content)
        answers = []
        for images in evaluation_batches(material.splits.test, material.normalization, CPU):
            narrator.check()
            answers.append(answer(images.contiguous()))
        compared = _compare(task, torch.cat(answers), logits, material)
        why = export.complaint(compared)
    except Cancelled:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
    told = {**_numbers(content, compared), "seconds": time.monotonic() - began, "why": why}
    return Exported(export.file, None if why else content, {"file": export.file, "passed": not why, **told})


def _numbers(content: bytes | None, compared: Compared | None) -> dict[str, Any]:
    """What is known of the file; null where it did not come so far, or where a number is none."""
    there = compared if compared and torch.tensor(compared.max_abs_difference).isfinite() else None
    return {
        "bytes": None if content is None else len(content),
        "sha256": None if content is None else hashlib.sha256(content).hexdigest(),
        "max_abs_difference": there and there.max_abs_difference,
        "agreement": compared and compared.agreement,
        "accuracy": compared and compared.accuracy,
        "accuracy_change": compared and compared.accuracy_change,
        **({} if there is None or there.r2 is None else {"r2": there.r2, "r2_change": there.r2_change}),
    }


def _compare(task: Task, answers: Logits, logits: Logits, material: Material) -> Compared:
    test, scaling = material.splits.test, material.normalization
    measured, network = (task.score(given, test, scaling).metrics for given in (answers, logits))
    alike = agreement(answers, logits) if task.has_classes else None
    return Compared(
        max_abs_difference=(answers - logits).abs().max().item(),
        largest_logit=logits.abs().max().item(),
        agreement=alike,
        accuracy=measured.get("accuracy"),
        accuracy_change=_change(measured, network, "accuracy"),
        r2=measured.get("r2"),
        r2_change=_change(measured, network, "r2"),
    )


def _change(measured: Mapping[str, float], network: Mapping[str, float], what: str) -> float | None:
    return measured[what] - network[what] if what in measured and what in network else None


def calibration(material: Material, images: int) -> Inputs:
    """So many training images or rows, or all that there are: those whose rows have the smallest hashes."""
    train = material.splits.train
    order = torch.argsort(hashed(train.rows, derive(0, material.dataset.digest, "calibration")), stable=True)
    return _inputs(material, train.take(order[:images]))


def _inputs(material: Material, split: Split | TableSplit) -> Inputs:
    return torch.cat(list(evaluation_batches(split, material.normalization, CPU)))
