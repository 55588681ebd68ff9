from dataclasses import replace

import pytest

from core.spec.optimization import Stopping
from worker.engine.stopping import Epoch, best, reason_to_stop


def epochs(*accuracies, loss=1.0):
    return [Epoch(n, loss, accuracy, seconds=10.0 * n) for n, accuracy in enumerate(accuracies, start=1)]


def test_without_rules_it_goes_on():
    assert reason_to_stop(Stopping(), epochs(0.1, 1.0)) is None


@pytest.mark.parametrize(
    ("rule", "past", "stops"),
    [
        ({"target_accuracy": 0.9}, epochs(0.5, 0.9), True),
        ({"target_accuracy": 0.9}, epochs(0.95, 0.89), False),
        ({"target_loss": 0.5}, epochs(0.1, loss=0.5), True),
        ({"target_loss": 0.5}, epochs(0.1, loss=0.51), False),
        ({"patience_epochs": 2}, epochs(0.5, 0.4, 0.5), True),  # equal is not better
        ({"patience_epochs": 2}, epochs(0.5, 0.4), False),
        ({"patience_epochs": 2}, epochs(0.5, 0.4, 0.6), False),
        ({"max_seconds": 30.0}, epochs(0.5, 0.5, 0.5), True),
        ({"max_seconds": 30.1}, epochs(0.5, 0.5, 0.5), False),
    ],
)
def test_each_rule_is_judged_at_the_end_of_an_epoch(rule, past, stops):
    reason = reason_to_stop(Stopping(**rule), past)

    assert (reason is not None) is stops
    assert reason is None or next(iter(rule)).split("_")[0] in reason or "no better" in reason


@pytest.mark.parametrize("rule", [{"target_accuracy": 0.5}, {"target_loss": 2.0}, {"patience_epochs": 1}])
def test_how_good_it_is_does_not_end_a_training_whose_limits_are_not_complete(rule):
    past = epochs(0.6, 0.5)

    assert reason_to_stop(Stopping(**rule), past) is not None
    assert reason_to_stop(Stopping(**rule), [replace(epoch, complete=False) for epoch in past]) is None


def test_time_ends_it_all_the_same():
    unfinished = [replace(epoch, complete=False) for epoch in epochs(0.6)]

    assert reason_to_stop(Stopping(max_seconds=1.0), unfinished) is not None


def test_of_equal_epochs_the_earlier_is_the_best():
    assert best(epochs(0.5, 0.8, 0.8, 0.7)).number == 2


def test_of_equally_fit_epochs_the_one_of_the_lowest_validation_loss_is_the_best():
    losses = (0.1, 0.6, 0.4, 0.5, 0.4)
    past = [
        replace(epoch, validation_loss=loss)
        for epoch, loss in zip(epochs(0.5, 0.8, 0.8, 0.8, 0.8), losses, strict=True)
    ]

    assert best(past).number == 3
    assert best([*past, replace(past[1], number=6, fitness=0.9)]).number == 6  # which comes first


def test_patience_ends_only_once_the_loss_falls_no_more_either():
    past = epochs(0.8, 0.8, 0.8)
    falling = [replace(epoch, validation_loss=1 / epoch.number) for epoch in past]

    assert reason_to_stop(Stopping(patience_epochs=2), falling) is None
    assert reason_to_stop(Stopping(patience_epochs=2), past) is not None
