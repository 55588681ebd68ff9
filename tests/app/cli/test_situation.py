"""What is shown of a job follows from its events."""

from datetime import UTC, datetime
from functools import reduce
from typing import Any

from app.cli.following.situation import Situation
from app.client import Event


def after(*happened: tuple[str, dict[str, Any]]) -> Situation:
    events = [Event(seq=1, at=datetime.now(UTC), kind=kind, data=data) for kind, data in happened]
    return reduce(Situation.after, events, Situation())


RUNNING = ("state", {"state": "running", "attempt": 1})
TEACHER = ("phase", {"phase": "teacher"})
TAUGHT = ("metrics", {"values": {"teacher/accuracy": 0.98, "teacher/train/loss": 0.1}})
DISTIL = ("phase", {"phase": "distil"})
PROGRESS = (
    "progress",
    {"fraction": 0.5, "epoch": 3, "epochs": 15, "images_per_second": 1234.5, "eta_seconds": 72},
)
MEASURED = ("metrics", {"values": {"validation/accuracy": 0.95, "train/loss": 0.41234}})


def test_of_a_table_rows_are_counted_after_another_attempt_too() -> None:
    events = [Event(seq=1, at=datetime.now(UTC), kind=kind, data=data) for kind, data in (RUNNING, PROGRESS)]

    assert reduce(Situation.after, events, Situation("rows")).numbers == ["1,234 rows/s"]


def test_the_teacher_is_shown_while_it_is_trained() -> None:
    assert after(RUNNING, TEACHER, TAUGHT).numbers == ["loss 0.1000", "accuracy 98.0 %"]


def test_before_the_student_is_measured_its_teacher_is_named() -> None:
    now = after(RUNNING, TEACHER, TAUGHT, ("phase", {"phase": "distil"}))

    assert now.numbers == ["accuracy of the teacher 98.0 %"]


def test_what_was_reached_stays_at_the_end() -> None:
    progress = ("progress", {"fraction": 1.0})

    assert after(RUNNING, progress, ("state", {"state": "succeeded"})).progress == {"fraction": 1.0}
    assert after(RUNNING, progress, ("state", {"state": "queued"})).progress == {}


def test_the_student_is_shown_beside_its_teacher() -> None:
    now = after(RUNNING, TEACHER, TAUGHT, DISTIL, PROGRESS, MEASURED)

    assert now.phase == "distil"
    assert now.epoch == "epoch 3/15"
    assert now.left == "1 min 12 s left"
    assert now.numbers == ["1,234 images/s", "loss 0.4123", "accuracy 95.0 % (teacher 98.0 %)"]


def test_the_loss_of_the_teacher_is_not_that_of_the_student() -> None:
    assert after(RUNNING, TEACHER, TAUGHT, DISTIL).loss is None


def test_another_attempt_begins_anew() -> None:
    assert after(RUNNING, DISTIL, PROGRESS, MEASURED, RUNNING) == Situation(state="running")


def test_what_was_asked_of_the_job_is_shown() -> None:
    assert after(RUNNING, ("wish", {"wish": "cancel"})).numbers == ["asked to cancel"]


def test_an_event_that_this_client_does_not_know_changes_nothing() -> None:
    assert after(RUNNING, ("weather", {"rain": True})) == after(RUNNING)
