"""What a trainer says becomes events that tell of whole epochs."""

from typing import Any

from worker.batch import Batch


def measured(step: int, **values: float) -> dict[str, Any]:
    named = {name.replace("_", "/"): value for name, value in values.items()}
    return {"event": "metrics", "step": step, "epoch": 1, "seconds": 0.5, "values": named}


def told(*said: dict[str, Any]) -> list[dict[str, float]]:
    """The values of each event that follows from what was said."""
    batch = Batch()
    for event in said:
        batch.add(event)
    return [data["values"] for kind, data in batch.events if kind == "metrics"]


def test_an_epoch_is_told_with_its_latest_loss() -> None:
    values = told(
        measured(1, train_loss=2.0), measured(2, train_loss=1.5), measured(2, validation_accuracy=0.9)
    )

    assert values == [{"train/loss": 1.5, "validation/accuracy": 0.9}]


def test_a_loss_is_told_once() -> None:
    values = told(
        measured(1, teacher_train_loss=2.0), measured(1, teacher_accuracy=0.9), measured(2, test_accuracy=0.8)
    )

    assert values == [{"teacher/train/loss": 2.0, "teacher/accuracy": 0.9}, {"test/accuracy": 0.8}]


def test_a_value_that_is_not_finite_is_left_out() -> None:
    assert told(measured(1, train_loss=float("nan"), validation_accuracy=0.9)) == [
        {"validation/accuracy": 0.9}
    ]


def test_the_end_of_a_run_is_something_to_be_written_once() -> None:
    batch = Batch(is_complete=True)

    assert batch.holds_something()
    batch.clear()
    assert not batch.holds_something()
