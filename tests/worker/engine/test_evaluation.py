import math

import pytest
import torch

from tests.worker.engine.builders import HALF, a_network, a_split
from worker.engine.evaluation import agreement, predict, score


def test_accuracy_and_likelihood_by_hand():
    logits = torch.tensor([[math.log(3), 0.0], [math.log(3), 0.0], [0.0, 0.0]])

    scored = score(logits, torch.tensor([0, 1, 0]))

    assert (scored.correct, scored.images, scored.accuracy) == (2, 3, 2 / 3)
    assert scored.nll == pytest.approx(-(math.log(0.75) + math.log(0.25) + math.log(0.5)) / 3)


def test_agreement_is_the_share_of_equal_decisions():
    one = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    other = torch.tensor([[5.0, 0.0], [0.0, 9.0], [0.0, 1.0], [3.0, 1.0]])

    assert agreement(one, other) == 0.75


def test_predictions_do_not_depend_on_the_batch_nor_on_the_mode():
    network, split = a_network().train(), a_split(300)

    together = predict(network, split, HALF)

    assert together.shape == (300, 4)
    alone = predict(network.train(), split.take(torch.tensor([299, 7])), HALF)
    torch.testing.assert_close(alone, together[[299, 7]])


def test_predicting_needs_no_gradient():
    assert not predict(a_network(), a_split(), HALF).requires_grad
