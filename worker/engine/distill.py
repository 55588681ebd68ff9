"""The story of a run on one page: data → teacher → student → evaluation → files → report."""

from collections.abc import Mapping
from pathlib import Path

from core.spec import JobSpec
from core.spec.resolve import resolve
from worker.engine import device
from worker.engine.evaluation import agreement, predict, score
from worker.engine.exports.checkpoints import safetensors, state_dict
from worker.engine.exports.files import json_bytes, write
from worker.engine.exports.metadata import metadata
from worker.engine.latency import latencies
from worker.engine.loading import load
from worker.engine.narrator import Narrator
from worker.engine.report import Measured, Report, report
from worker.engine.reporter import ConsoleReporter, Phase, Reporter
from worker.engine.specfile import check
from worker.engine.student import distil_student
from worker.engine.teacher import frozen, train_teacher


def distill(
    spec: JobSpec, out: Path, *, data: Path | None = None, reporter: Reporter | None = None
) -> Report:
    """Train a teacher, distil it into a student, and leave the files of both and a report in `out`.

    spec       may leave open what `resolve` fills in
    data       folder of the packed data sets; `digits` needs none
    reporter   hears how it goes; by default the console
    returns    what also stands in out/report.json

    Files: student.safetensors, student.pt, teacher.safetensors, spec.json, metrics.csv, report.json.

    raises TrainingError: Cancelled, Diverged, DatasetUnavailable, DatasetUnreadable, InvalidJob
    """
    check(spec)
    spec, origins = resolve(spec)
    planned: dict[Phase, int] = {"teacher": spec.teacher.source.epochs, "distil": spec.optimization.epochs}
    narrator = Narrator(reporter or ConsoleReporter(), planned)
    out.mkdir(parents=True, exist_ok=True)
    device.prepare()

    with narrator.phase("load_data"):
        material = load(spec, data, device.choose(spec.resources))
        test = material.splits.test

    with narrator.phase("teacher"):
        teacher = train_teacher(spec, material, narrator)

    with narrator.phase("distil"):
        student = distil_student(spec, material, frozen(teacher.network, material), narrator)

    with narrator.phase("evaluate"):  # the one use of the test split
        answers = {
            "teacher": predict(teacher.network, test, material.normalization),
            "student": predict(student.network, test, material.normalization),
        }
        scores = {name: score(logits, test.labels) for name, logits in answers.items()}
        narrator.metrics(teacher.steps, teacher.epochs, {"teacher/test/accuracy": scores["teacher"].accuracy})
        narrator.metrics(student.steps, student.epochs, {"test/accuracy": scores["student"].accuracy})

    with narrator.phase("export"):
        files = {
            "student.safetensors": safetensors(student.network, metadata(spec.student, material)),
            "student.pt": state_dict(student.network),
            "teacher.safetensors": safetensors(teacher.network, metadata(spec.teacher, material)),
            "spec.json": json_bytes(spec.model_dump(mode="json")),
            "metrics.csv": narrator.history.csv(),
        }
        publish(files, out, narrator)

    with narrator.phase("report"):
        times = {
            name: latencies(trained.network, material.dataset.image_size, spec.evaluation.latency_batches)
            for name, trained in (("teacher", teacher), ("student", student))
        }
        document = report(
            spec,
            origins,
            material,
            Measured(
                spec.teacher, teacher, scores["teacher"], times["teacher"], files["teacher.safetensors"]
            ),
            Measured(
                spec.student, student, scores["student"], times["student"], files["student.safetensors"]
            ),
            agreement(answers["teacher"], answers["student"]),
            narrator.spent(),
        )
        publish({"report.json": json_bytes(document)}, out, narrator)
    narrator.result(document["summary"])
    return document


def publish(files: Mapping[str, bytes], out: Path, narrator: Narrator) -> None:
    """Write each file, then say that it is there."""
    for name, content in files.items():
        narrator.artifact(write(out / name, content))
