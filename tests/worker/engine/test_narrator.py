import csv
import io
import threading

import pytest

from core.errors import Cancelled
from tests.polling import eventually
from tests.worker.engine.builders import Listener
from worker.engine import narrator as narrator_module
from worker.engine.narrator import Narrator


def a_narrator(listener):
    return Narrator(listener, {"teacher": 10, "distil": 30})


def test_phases_are_told_and_timed():
    listener = Listener()
    narrator = a_narrator(listener)

    with narrator.phase("load_data"):
        pass
    with narrator.phase("evaluate"):
        pass

    assert listener.all("phase") == ["load_data", "evaluate"]
    assert list(narrator.spent()) == ["load_data", "evaluate"]


def test_the_fraction_runs_once_over_the_whole_job():
    listener = Listener()
    narrator = a_narrator(listener)

    with narrator.phase("load_data"):
        pass
    with narrator.phase("teacher"):
        narrator.training(10, step=100, steps=100, pace=1.0)
    with narrator.phase("distil"):
        narrator.training(15, step=150, steps=300, pace=1.0)
    for after in ("evaluate", "export", "report"):
        with narrator.phase(after):
            pass
    narrator.result({"teacher_accuracy": 1.0, "student_accuracy": 1.0, "compression": 1.0, "speedup": None})

    fractions = [one.fraction for one in listener.all("progress")]
    assert fractions == sorted(fractions)
    assert fractions[0] == pytest.approx(0.01 + 0.95 * 10 / 40)
    assert fractions[1] == pytest.approx(0.01 + 0.95 * 25 / 40)
    assert fractions[-1] == 1.0


def test_time_left_is_told_once_something_is_done():
    listener = Listener()
    narrator = a_narrator(listener)

    with narrator.phase("teacher"):
        narrator.training(1, step=0, steps=100, pace=None)
        narrator.training(1, step=50, steps=100, pace=5.0)

    before, after = listener.all("progress")
    assert before.eta_seconds is None
    assert after.eta_seconds >= 0


def test_how_long_what_follows_training_takes_is_not_told():
    listener = Listener()
    narrator = a_narrator(listener)

    with narrator.phase("distil"):
        narrator.training(30, step=300, steps=300, pace=5.0)
    for after in ("evaluate", "export", "report"):
        with narrator.phase(after):
            pass

    assert [one.eta_seconds is None for one in listener.all("progress")] == [False, True, True, True]


def test_numbers_that_are_not_finite_are_never_sent():
    listener = Listener()
    narrator = a_narrator(listener)

    narrator.metrics(1, 1, {"good": 1.0, "bad": float("nan"), "worse": float("inf")})

    assert listener.all("metrics")[0][3] == {"good": 1.0}


def test_a_wish_to_cancel_is_heard_at_the_next_phase():
    narrator = a_narrator(Listener(cancel_at="load_data"))
    with narrator.phase("load_data"):
        pass

    with pytest.raises(Cancelled), narrator.phase("teacher"):
        pytest.fail("the phase was entered")


def test_the_history_is_one_line_a_value_with_all_digits():
    narrator = a_narrator(Listener())
    narrator.metrics(21, 1, {"train/loss": 0.1, "validation/accuracy": 1 / 3})
    narrator.metrics(42, 2, {"train/loss": 1e-9})

    rows = list(csv.DictReader(io.StringIO(narrator.history.csv().decode())))

    assert [row["name"] for row in rows] == ["train/loss", "validation/accuracy", "train/loss"]
    assert [int(row["step"]) for row in rows] == [21, 21, 42]
    assert [float(row["value"]) for row in rows] == [0.1, 1 / 3, 1e-9]
    assert float(rows[0]["seconds"]) >= 0


def test_life_is_shown_while_something_takes_long(monkeypatch):
    monkeypatch.setattr(narrator_module, "SHOWN_EVERY_SECONDS", 0.01)
    listener = Listener()

    with a_narrator(listener).busy():
        eventually(lambda: len(listener.all("progress")) > 2)


def test_what_takes_for_ever_is_shown_for_a_while_only(monkeypatch):
    monkeypatch.setattr(narrator_module, "SHOWN_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(narrator_module, "LONGEST_SECONDS", 0.0)
    listener = Listener()

    with a_narrator(listener).busy():
        eventually(lambda: "busy" not in {thread.name for thread in threading.enumerate()})

    assert listener.all("progress") == []
