"""2x + 1 under noise on inputs and gradients, learned from a teacher's predictions."""

import numpy as np
import pytest

from tests.worker.engine.documents.runs import TableRun, changed, example

NOISE = example("noise.json")
ON_INPUTS, ON_GRADIENTS = NOISE["regularizers"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    chosen = {"plain": [], "gradients": [ON_GRADIENTS], "whole": NOISE["regularizers"]}
    return {
        name: TableRun(changed(NOISE, regularizers=regularizers), tmp_path_factory.mktemp(name))
        for name, regularizers in chosen.items()
    }


def weight(run):
    return run.weights["output.weight"].item()


def test_the_line_is_learned_from_the_teacher(runs):
    slope, intercept = runs["plain"].line

    assert slope == pytest.approx(2.0, abs=0.05)
    assert intercept == pytest.approx(1.0, abs=0.05)


def test_noise_on_inputs_is_a_ridge_penalty(runs):
    """mean (w (x + σε) + b − y)² is in the mean over ε: mean (w x + b − y)² + σ² w². Bishop 1995."""
    inputs, labels = runs["whole"].seen

    least_squares = (inputs[:, 0] * labels).mean() / (inputs[:, 0] ** 2).mean()
    taught = runs["whole"].teacher["output.weight"].item()
    between = 0.1 * least_squares + 0.9 * taught  # as the weights of label and teacher have it
    assert weight(runs["plain"]) == pytest.approx(between, abs=0.001)
    ridge = between / (1 + ON_INPUTS["std"] ** 2)
    assert weight(runs["whole"]) == pytest.approx(ridge, abs=0.03)  # of 60 steps with noise in each


def test_noise_on_gradients_moves_the_way_and_not_the_end(runs):
    """The derivative is linear in ε, whose mean is 0: so is what it adds to a quadratic loss."""
    ways = [run.listener.losses for run in (runs["plain"], runs["gradients"])]

    assert weight(runs["gradients"]) == pytest.approx(weight(runs["plain"]), abs=0.02)
    assert weight(runs["gradients"]) != weight(runs["plain"])
    assert np.abs(np.subtract(*ways)).max() > 1e-4


def test_the_student_answers_for_moved_inputs_more_alike(runs):
    """What noise on inputs promises: the answer moves by w per unit of the input."""
    assert abs(weight(runs["whole"])) < 0.9 * abs(weight(runs["plain"]))
