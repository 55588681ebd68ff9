"""The two pipes, with a reader and a writer on their other ends."""

import json
import os
import time

import pytest

from core.errors import Diverged
from worker.engine import pipe
from worker.engine.pipe import PipeReporter, listen
from worker.engine.reporter import Progress

PROGRESS = Progress("distil", 2, 3, 20, 30, 0.7, 512.0, None)

SUMMARY = {"teacher_accuracy": 1.0, "student_accuracy": 1.0, "compression": 5.0, "speedup": None}


class Ends:
    """Our ends of both pipes."""

    def __init__(self):
        self.events, theirs = os.pipe()
        self.control_read, self.control = os.pipe()
        self.reporter = PipeReporter(theirs)

    def heard(self):
        self.reporter.close()
        with os.fdopen(self.events) as events:
            return [json.loads(line) for line in events]


@pytest.fixture
def ends():
    return Ends()


def test_every_event_is_one_line_of_json(ends, tmp_path):
    (tmp_path / "student.pt").write_bytes(b"12345")
    before = time.time()
    ends.reporter.phase("teacher")
    ends.reporter.progress(PROGRESS)
    ends.reporter.metrics(20, 2, 4.5, {"train/loss": 0.25})
    ends.reporter.artifact(tmp_path / "student.pt")
    ends.reporter.log("warning", "two\nlines")
    ends.reporter.result(SUMMARY)

    heard = ends.heard()

    assert all(before <= event.pop("at") <= time.time() for event in heard)
    assert heard == [
        {"event": "phase", "phase": "teacher"},
        {
            "event": "progress",
            "phase": "distil",
            "epoch": 2,
            "epochs": 3,
            "step": 20,
            "steps": 30,
            "fraction": 0.7,
            "images_per_second": 512.0,
            "eta_seconds": None,
        },
        {"event": "metrics", "step": 20, "epoch": 2, "seconds": 4.5, "values": {"train/loss": 0.25}},
        {"event": "artifact", "name": "student.pt", "path": str(tmp_path / "student.pt"), "bytes": 5},
        {"event": "log", "level": "warning", "message": "two\nlines"},
        {
            "event": "result",
            "summary": SUMMARY,
        },
    ]


def test_an_error_carries_its_code_hint_and_phase(ends):
    ends.reporter.phase("distil")
    ends.reporter.error(Diverged("at step 3"))

    *_, error = ends.heard()

    assert error | {"at": 0} == {
        "event": "error",
        "at": 0,
        "code": "diverged",
        "detail": "at step 3",
        "hint": Diverged.hint,
        "phase": "distil",
        "retryable": False,
    }


def test_a_number_that_is_not_finite_is_a_defect(ends):
    with pytest.raises(ValueError, match="not JSON compliant"):
        ends.reporter.metrics(1, 1, 1.0, {"train/loss": float("nan")})


def test_a_slow_reader_does_not_hold_up_training(ends, exits):
    began = time.monotonic()
    for step in range(5000):  # more than the pipe holds
        ends.reporter.metrics(step, 1, 1.0, {"train/loss": 0.5})

    assert time.monotonic() - began < 5
    assert not ends.reporter.lines.empty()
    os.close(ends.events)
    until(lambda: exits == [1])  # within this test: after it, the exit is a real one


def test_when_the_reader_is_slow_progress_is_dropped_but_no_metric(ends, monkeypatch):
    monkeypatch.setattr(pipe, "FULL", 0)

    ends.reporter.progress(PROGRESS)
    ends.reporter.metrics(1, 1, 1.0, {"train/loss": 0.5})

    assert [event["event"] for event in ends.heard()] == ["metrics"]


@pytest.fixture(autouse=True)
def exits(monkeypatch):
    """What a real trainer would exit with; a test must live on."""
    codes = []
    monkeypatch.setattr("os._exit", codes.append)
    return codes


def until(condition):
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_cancel_is_a_flag_that_the_engine_reads(ends):
    listen(ends.control_read, ends.reporter)
    assert not ends.reporter.cancel_requested()

    os.write(ends.control, b'{"command": "cancel"}\n')

    until(ends.reporter.cancel_requested)
    ends.reporter.close()


@pytest.mark.parametrize("line", [b'{"command": "dance"}\n', b"noise\n", b"[1]\n", b"{}\n"])
def test_unknown_commands_are_logged_and_ignored(ends, line):
    listen(ends.control_read, ends.reporter)

    os.write(ends.control, line + b'{"command": "cancel"}\n')

    until(ends.reporter.cancel_requested)
    assert [(event["event"], event["level"]) for event in ends.heard()] == [("log", "warning")]


def test_without_a_supervisor_the_trainer_ends_at_once(ends, exits):
    listen(ends.control_read, ends.reporter)

    os.close(ends.control)

    until(lambda: exits == [1])
    ends.reporter.close()


def test_after_the_end_a_closed_control_pipe_is_no_news(ends, exits):
    listen(ends.control_read, ends.reporter)
    ends.reporter.close()

    os.close(ends.control)
    time.sleep(0.1)

    assert exits == []


def test_without_a_reader_the_trainer_ends_at_once(ends, exits):
    os.close(ends.events)

    ends.reporter.phase("teacher")

    until(lambda: exits == [1])
