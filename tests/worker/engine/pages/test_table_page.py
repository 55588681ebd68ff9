"""report.html of a job on a table stands alone, says what report.json says, and shows names as they are."""

import copy
import re

import pytest

from tests.worker.engine.documents.runs import TableRun, changed, example
from tests.worker.engine.pages.test_page import read
from worker.engine.pages.table_page import table_page
from worker.engine.pages.words import milliseconds

QUICK = {"optimization": {"epochs": 3}, "teacher": {"source": {"kind": "train", "epochs": 2}}}


@pytest.fixture(scope="module", params=["line.json", "logistic.json"])
def made(request, tmp_path_factory):
    """A run, and its page as it lies in a file."""
    out = tmp_path_factory.mktemp("run")
    quick = changed(example(request.param), **QUICK, evaluation={"baseline": True})
    return TableRun(quick, out, last=False), (out / "report.html").read_text()


def test_it_asks_no_other_server_for_anything(made):
    _, html = made
    reading = read(html)

    assert all(reference.startswith("#") for reference in reading.references)
    assert {found for found in re.findall(r"url\(([^)]*)\)", html) if not found.startswith("#")} == set()
    assert "<script" not in html
    assert len(reading.ids) == len(set(reading.ids)) > 0


def test_it_says_what_the_report_says(made):
    run, html = made
    texts = read(html).texts

    for role in ("teacher", "student"):
        test = run.report[role]["test"]
        told = f"{test['rmse']:.4g}" if "rmse" in test else f"{100 * test['accuracy']:.2f} %"
        assert told in texts
    assert f"{run.report['dataset']['test_rows']:,} to test with" in html
    assert "Alone, with the same recipe, the student" in html
    alike = run.report["agreement"]
    assert alike is None or f"On {100 * alike:.2f} % of these both decide alike." in html
    assert milliseconds(run.report["student"]["latency"][0]["p95_seconds"]) in texts


def test_it_shows_how_training_went_and_where_the_student_errs(made):
    run, html = made
    texts = read(html).texts

    assert "Training objective" in texts
    if run.report["dataset"]["class_names"]:
        assert {"Accuracy on the validation split", "Sure, and right", "Class by class"} <= {*texts}
    else:
        assert "Mean squared error on the validation split" in texts
        assert "By how much predictions are off, on the test split" in texts
    assert html.count("<svg") >= 3


def test_names_are_shown_and_never_run(made):
    run, _ = made
    report = copy.deepcopy(run.report)
    report["name"] = "<script>alert(1)</script>"
    report["dataset"]["target"] = "<img src=x onerror=alert(1)>"

    reading = read(table_page(report, []))

    assert "<script>alert(1)</script>" in reading.texts
    assert all(reference.startswith("#") for reference in reading.references)


def test_a_run_without_latencies_or_a_baseline_has_a_page(made):
    run, _ = made
    report = copy.deepcopy(run.report) | {"baseline": None, "student_against_baseline": None}
    for role in ("teacher", "student"):
        report[role]["latency"] = []

    html = table_page(report, [])

    assert "latency p50" not in html
    assert "Alone, with" not in html


@pytest.mark.parametrize("passed", [True, False])
def test_further_formats_are_told_with_what_they_cost(made, passed):
    run, _ = made
    told = {"file": "student.onnx", "bytes": 700, "passed": passed, "why": "it is off"}
    told |= {"max_abs_difference": 0.0625}
    told |= {"accuracy": 0.9, "accuracy_change": -0.1, "r2": 0.9, "r2_change": -0.1}

    html = table_page(run.report | {"exports": {"onnx": told}}, [])

    assert {"student.onnx", "90.00 %", "-10.00", "0.062"} <= {*read(html).texts}
    assert ("not handed over: it is off" in html) is not passed
