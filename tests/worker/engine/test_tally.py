import pytest
import torch

from core.errors import Diverged
from tests.worker.engine.builders import CPU
from worker.engine.tally import Tally


def losses(**values):
    return {name: torch.tensor(float(value)) for name, value in values.items()}


def test_means_are_over_images():
    tally = Tally(CPU)
    tally.add(losses(a=1, b=10), images=3)
    tally.add(losses(a=5, b=10), images=1)

    means = tally.read()

    assert means.values == {"a": 2.0, "b": 10.0}
    assert means.images == 4


def test_a_read_starts_anew():
    tally = Tally(CPU)
    tally.add(losses(a=1), images=3)
    tally.read()
    tally.add(losses(a=7), images=2)

    assert tally.read().values == {"a": 7.0}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_the_first_step_that_is_not_finite_is_named_with_its_losses(value):
    tally = Tally(CPU)
    tally.add(losses(good=1, bad=1), images=2)
    tally.read()
    tally.add(losses(good=1, bad=2), images=2)
    tally.add(losses(good=1, bad=value), images=2)
    tally.add(losses(good=1, bad=3), images=2)

    with pytest.raises(Diverged, match=r"at step 3 these were not finite: bad$"):
        tally.read()


def test_nothing_is_read_until_asked(monkeypatch):
    tally = Tally(CPU)
    for name in ("item", "tolist", "cpu", "numpy", "__bool__", "__float__"):
        monkeypatch.setattr(torch.Tensor, name, lambda *_: pytest.fail("the host read a tensor"))

    tally.add(losses(a=1), images=3)
    tally.add(losses(a=1), images=3)
