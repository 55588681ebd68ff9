"""Numbers read well."""

import pytest

from app.cli import wording
from app.cli.outcome import in_short
from app.client import Summary


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (72, "1 min 12 s"),
        (3600, "1 h 0 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (8_912_345, "8.9 MB"), (45_000_000_000, "45.0 GB")]
)
def test_a_size_has_one_unit(count: int, text: str) -> None:
    assert wording.size(count) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (2.0, "2.0× faster"),
        (0.6, "1.7× slower"),
        (1.04, "as fast"),
        (0.96, "as fast"),
    ],
)
def test_what_became_worse_is_said_to_be_worse(ratio: float, text: str) -> None:
    assert wording.compared(ratio, "faster", "slower", "as fast") == text


@pytest.mark.parametrize(
    ("compression", "speedup", "text"),
    [
        (5.0, 2.0, "; 5.0× smaller, 2.0× faster"),
        (44.6, None, "; 44.6× smaller"),
        (None, 0.5, "; 2.0× slower"),
        (None, None, ""),
    ],
)
def test_what_was_not_measured_is_left_out(
    compression: float | None, speedup: float | None, text: str
) -> None:
    summary = Summary(teacher_accuracy=0.98, student_accuracy=0.97, compression=compression, speedup=speedup)

    assert in_short(summary) == f"teacher 98.0 %, student 97.0 %{text}"


def test_what_was_not_measured_is_not_made_up() -> None:
    assert wording.percent(None) == "–"
    assert wording.percent(0.98636) == "98.6 %"
    assert wording.times(4.94) == "4.9×"
