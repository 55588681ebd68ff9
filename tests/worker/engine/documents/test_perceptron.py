"""A perceptron on 100 × 10 under the activation-weighted and the norm-product penalty, by numpy alone."""

import numpy as np
import pytest

from tests.worker.engine.documents.runs import TableRun, changed, example

PERCEPTRON = example("perceptron.json")
ACTIVATIONS, NORMS = PERCEPTRON["regularizers"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    chosen = {"plain": [], "activations": [ACTIVATIONS], "norms": [NORMS], "whole": [ACTIVATIONS, NORMS]}
    teacher = {"source": {"kind": "train", "epochs": 1}}  # it is not heard
    return {
        name: Perceptron(
            changed(PERCEPTRON, regularizers=some, teacher=teacher), tmp_path_factory.mktemp(name)
        )
        for name, some in chosen.items()
    }


class Perceptron(TableRun):
    """ŷ = v · max(0, W x + b) + c, and what its penalties are by their definitions."""

    @property
    def hidden(self):
        return self.weights["hidden1.weight"]

    @property
    def output(self):
        return self.weights["output.weight"][0]

    def before(self, inputs):
        return inputs @ self.hidden.T + self.weights["hidden1.bias"]

    def errors(self, inputs, labels):
        return np.maximum(self.before(inputs), 0) @ self.output + self.weights["output.bias"] - labels

    @property
    def active(self):
        """‖f'(z_i)‖² of a ReLU: the share of rows that unit i lets through."""
        return (self.before(self.seen[0]) > 0).mean(axis=0)

    @property
    def weighted(self):
        return (self.active * (self.hidden**2).sum(axis=1)).sum() / 2

    @property
    def norms(self):
        return np.linalg.norm(self.hidden), np.linalg.norm(self.output)


def test_it_learns_what_no_linear_map_can(runs):
    run = runs["whole"]
    inputs, labels = run.seen
    rows = np.c_[inputs, np.ones(len(inputs))]
    linear = np.linalg.lstsq(rows, labels, rcond=None)[0]

    off = (rows @ linear - labels) ** 2
    assert (run.errors(inputs, labels) ** 2).mean() < 0.1 * off.mean()
    assert run.report["student"]["test"]["r2"] > 0.9


def test_each_penalty_makes_small_what_it_weighs(runs):
    weighted = {name: run.weighted for name, run in runs.items()}
    product = {name: np.prod(run.norms) for name, run in runs.items()}

    assert weighted["activations"] < 0.5 * weighted["plain"]
    assert product["norms"] < 0.7 * product["plain"]
    assert weighted["whole"] < 0.5 * weighted["plain"]
    assert product["whole"] < 0.7 * product["plain"]


def test_they_keep_it_from_learning_the_noise_by_heart(runs):
    mse = {name: run.report["student"]["test"]["mse"] for name, run in runs.items()}

    assert mse["whole"] < mse["plain"]


def test_it_comes_to_rest_where_penalties_and_error_pull_alike(runs):
    """∂/∂W [mean e² + λ ½ Σ aᵢ‖wᵢ‖² + μ ‖W‖ ‖v‖] = 0: no unit stands at its step."""
    run = runs["whole"]
    inputs, labels = run.seen
    z, errors = run.before(inputs), run.errors(inputs, labels)
    back = 2 * errors[:, None] * run.output * (z > 0) / len(errors)
    wide, narrow = run.norms

    pull = back.T @ inputs
    weighed = ACTIVATIONS["strength"] * run.active[:, None] * run.hidden
    stretched = NORMS["strength"] * narrow / wide * run.hidden
    assert np.linalg.norm(pull + weighed + stretched) < 0.4 * np.linalg.norm(pull)
    pull = 2 * errors @ np.maximum(z, 0) / len(errors)
    stretched = NORMS["strength"] * wide / narrow * run.output
    assert np.linalg.norm(pull + stretched) < 0.4 * np.linalg.norm(pull)
