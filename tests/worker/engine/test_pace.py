"""Speed is that of the epoch, without what lay between two stretches of training."""

import pytest

from worker.engine.pace import Pace


class Clock:
    """Goes on when it is told to."""

    seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


def train(pace, clock, images, seconds):
    clock.seconds += seconds
    pace.images += images


def test_the_rate_is_that_of_the_epoch_so_far(clock):
    pace = Pace(clock)
    pace.new_epoch()
    pace.start()
    train(pace, clock, 100, 1.0)
    assert pace.rate() == 100

    train(pace, clock, 20, 1.0)  # a short last batch
    assert pace.rate() == 60

    pace.stop()
    clock.seconds += 5.0  # validation
    pace.new_epoch()
    pace.start()
    train(pace, clock, 50, 1.0)
    assert pace.rate() == 50
    assert pace.mean() == pytest.approx(170 / 3)


def test_what_was_not_told_for_long_is_known(clock):
    pace = Pace(clock)
    pace.start()
    train(pace, clock, 1, 3.0)
    assert pace.untold() == 3.0

    pace.rate()
    train(pace, clock, 1, 0.5)

    assert pace.untold() == 0.5


def test_a_resumed_training_counts_anew_but_keeps_its_mean(clock):
    pace = Pace(clock)
    pace.restore({"images": 1000, "seconds": 10.0})
    pace.start()
    train(pace, clock, 100, 0.5)

    assert pace.rate() == 200
    assert pace.mean() == pytest.approx(1100 / 10.5)
