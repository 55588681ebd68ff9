"""The story of a run on one page: data → teacher → student → evaluation → files → report."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from core.spec import JobSpec
from core.spec.models import Finetuned, Train
from core.spec.resolve import Origins, resolve
from worker.engine import device, ranks, registry
from worker.engine.baseline import the_baseline, the_student
from worker.engine.cache.segments import Shelf
from worker.engine.checkpoint import identity, software
from worker.engine.checkpoints import Checkpoints
from worker.engine.data.material import Material
from worker.engine.evaluation import predict
from worker.engine.exporting import exported
from worker.engine.exports.files import json_bytes
from worker.engine.fitting import ASKED
from worker.engine.given import RANDOM, Files, fitting
from worker.engine.latency import latencies
from worker.engine.loading import load
from worker.engine.narrator import Narrator
from worker.engine.publication import (
    keeping,
    last_student,
    publish,
    readable,
    student_file,
    student_files,
    teacher_file,
)
from worker.engine.report import Measured, Report, against, report
from worker.engine.reporter import ConsoleReporter, Phase, Reporter
from worker.engine.shapes import Logits
from worker.engine.specfile import check
from worker.engine.student import check_regularizers
from worker.engine.tasks.task import Score, Task
from worker.engine.teacher import frozen, the_teacher
from worker.engine.trained import Trained
from worker.engine.trainer import HITS


def distill(
    spec: JobSpec,
    out: Path,
    *,
    data: Path | None = None,
    reporter: Reporter | None = None,
    checkpoint_seconds: float | None = None,
    resume: Path | None = None,
    teacher: Path | None = None,
    origins: Origins | None = None,
    weights: Files = RANDOM,
    shelf: Shelf | None = None,
) -> Report:
    """Train a teacher, distil it into a student, and leave the files of both and a report in `out`.

    spec       may leave open what `resolve` fills in
    data       folder of the packed data sets; `digits` needs none
    reporter   hears how it goes; by default the console
    returns    what also stands in out/report.json

    checkpoint_seconds   between two checkpoints; None writes none
    resume               a checkpoint of this run; on a CPU the result is the same, bit by bit
    teacher              the weights that this checkpoint names, once the teacher was trained
    origins              where each value came from, of a spec that was resolved elsewhere
    weights              to start from: a given teacher is not trained, unless its source is `pretrained`
    shelf                where the teacher's logits are kept for other jobs; None keeps them in memory only

    Files: student.safetensors, student.pt, teacher.safetensors, spec.json, metrics.csv, report.json,
    report.html, model_card.md, and the further formats that the spec asks for; student.last.safetensors of a
    run that was cancelled or stopped by someone.

    Of many ranks only the first leaves files, and returns; the others raise Led.

    raises Suspended, and TrainingError: Cancelled, Diverged, CheckpointUnreadable, DatasetUnavailable,
    DatasetUnreadable, WeightsUnavailable, WeightsUnreadable, ClassMismatch, InvalidJob
    """
    facts = registry.facts(spec.dataset, data)
    check(spec, facts)
    spec, found = resolve(spec, facts)
    source = spec.teacher.source
    planned: dict[Phase, int] = {
        "teacher": source.epochs if isinstance(source, Train | Finetuned) else 0,
        "distil": spec.optimization.epochs,
        "baseline": spec.optimization.epochs if spec.evaluation.baseline else 0,
    }
    narrator = Narrator(reporter or ConsoleReporter(), planned)
    out.mkdir(parents=True, exist_ok=True)
    device.prepare()

    with narrator.phase("load_data"):
        material = load(spec, data, device.choose(spec.resources))
        check_regularizers(spec, material)
        given = fitting(spec, weights, material)
        digests: dict[str, str] = {role: one.sha256 for role, one in given.items()}
        checkpoints = Checkpoints(
            out, checkpoint_seconds, narrator, identity(spec, material, digests), software(spec, material),
            partial(student_file, spec, material),
        )  # fmt: skip
        if resume is not None:
            checkpoints.resume(resume, teacher)

    with narrator.phase("teacher"):
        taught = the_teacher(spec, material, narrator, checkpoints, given.get("teacher"))

    learning = (spec, material, frozen(taught, material), narrator, checkpoints, given.get("student"))
    with narrator.phase("distil"):
        student = the_student(*learning, shelf)

    with keeping(spec, material, student, out, narrator):
        alone = None
        if spec.evaluation.baseline:
            with narrator.phase("baseline"):
                alone = the_baseline(*learning)
        sharing = ranks.count()
        ranks.leave()
        return _measure(spec, origins or found, material, taught, student, alone, sharing, out, narrator)


def _measure(
    spec: JobSpec, origins: Origins, material: Material, teacher: Trained, student: Trained,
    alone: Trained | None, sharing: int, out: Path, narrator: Narrator,
) -> Report:  # fmt: skip
    """What follows training: evaluation → files → report.

    sharing    ranks that have trained together
    """
    task = registry.TASKS[spec.task]
    with narrator.phase("evaluate"), narrator.busy():
        answers = _answers(material, teacher, student, alone)
        scores, compared = _evaluate(task, material, answers, teacher, student, narrator)

    with narrator.phase("export"):
        files = {
            **student_files(spec, material, student),
            **(last_student(spec, material, student) if student.stopped == ASKED else {}),
            "teacher.safetensors": teacher_file(spec, material, teacher),
            "spec.json": json_bytes(spec.model_dump(mode="json")),
            "metrics.csv": narrator.history.csv(),
        }
        publish(files, out, narrator)
        exports = dict(exported(spec, material, student, answers["student"], narrator))
        publish({one.file: one.content for one in exports.values() if one.content}, out, narrator)

    with narrator.phase("report"), narrator.busy():
        networks = {"teacher": teacher.network, "student": student.network}
        timed = latencies(networks, material.example, spec.evaluation.latency_batches)
        taught, learned = (
            Measured(
                chosen, trained, scores[role], answers[role], timed[role], files[f"{role}.safetensors"],
            )
            for role, chosen, trained in (
                ("teacher", spec.teacher, teacher), ("student", spec.student, student),
            )
        )  # fmt: skip
        told = {kind: one.told for kind, one in exports.items()}
        hits = narrator.history.values(HITS)
        document = report(
            spec, task, origins, material, taught, learned, compared, told, hits, narrator.spent(), sharing,
        )  # fmt: skip
        document |= against(task, material, alone, answers, scores)
        publish({"report.json": json_bytes(document)}, out, narrator)
        publish(readable(spec, document, narrator), out, narrator)
    narrator.result(document["summary"])
    return document


def _answers(
    material: Material, teacher: Trained, student: Trained, alone: Trained | None
) -> dict[str, Logits]:
    """The one use of the test split: the answers of each network."""
    test = material.splits.test
    seen = material.normalized_by(teacher.normalization).normalization
    return {
        "teacher": predict(teacher.network, test, seen),
        "student": predict(student.network, test, material.normalization),
        **({} if alone is None else {"baseline": predict(alone.network, test, material.normalization)}),
    }


def _evaluate(
    task: Task,
    material: Material,
    answers: Mapping[str, Logits],
    teacher: Trained,
    student: Trained,
    narrator: Narrator,
) -> tuple[dict[str, Score], Mapping[str, Any]]:
    """The score of each network, and both held against each other."""
    test = material.splits.test
    scaling = {
        "teacher": material.normalized_by(teacher.normalization).normalization,
        "student": material.normalization,
        "baseline": material.normalization,
    }
    scores = {name: task.score(given, test, scaling[name]) for name, given in answers.items()}
    narrator.metrics(teacher.steps, teacher.epochs, _of_test("teacher/test", scores["teacher"], task))
    if "baseline" in scores:
        told = _of_test("baseline/test", scores["baseline"], task)
        narrator.metrics(student.steps, student.epochs, told)
    narrator.metrics(student.steps, student.epochs, _of_test("test", scores["student"], task))
    return scores, task.compared(answers, scaling, test.labels, material.dataset.class_names)


def _of_test(prefix: str, score: Score, task: Task) -> dict[str, float]:
    return {f"{prefix}/{task.quality}": score.metrics[task.quality]}
