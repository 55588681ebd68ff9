"""Logistic regression on 100 × 10 under L1, L2 and dropout, against scikit-learn and an exact expectation."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from tests.worker.engine.documents.runs import TableRun, changed, example

LOGISTIC = example("logistic.json")
L1, L2, DROPOUT = LOGISTIC["regularizers"]
INPUTS = 10


def trained(tmp_path, *regularizers):
    """What does not hear its teacher needs no good one."""
    teacher = {"source": {"kind": "train", "epochs": 1}}
    return TableRun(changed(LOGISTIC, regularizers=list(regularizers), teacher=teacher), tmp_path)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def sparse(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("sparse"), L1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("whole"), L1, L2, DROPOUT)


def between(run):
    """The map from inputs to log odds: of two outputs only the difference counts."""
    weight, bias = run.weights["output.weight"], run.weights["output.bias"]
    return weight[1] - weight[0], bias[1] - bias[0]


def seen(run):
    inputs, _ = run.seen
    return inputs, run.splits.train.labels.numpy()


def test_l2_gives_the_weights_of_scikit_learn(tmp_path):
    run = trained(tmp_path, L2)
    inputs, classes = seen(run)

    # λ/2m Σ w² of both outputs, which differ in sign only: λ/4m Σ d²; scikit-learn has 1/2Cm Σ d².
    best = LogisticRegression(C=2 / L2["strength"], tol=1e-9, max_iter=1000).fit(inputs, classes)
    weights, bias = between(run)
    np.testing.assert_allclose(weights, best.coef_[0], atol=0.01)
    assert bias == pytest.approx(best.intercept_[0], abs=0.01)


def test_l1_gives_the_weights_of_scikit_learn(sparse):
    inputs, classes = seen(sparse)

    # λ/2m Σ |w| of both outputs: λ/2m Σ |d|; scikit-learn has 1/Cm Σ |d|.
    best = LogisticRegression(
        C=2 / L1["strength"], l1_ratio=1, solver="saga", tol=1e-7, max_iter=100_000, random_state=0
    ).fit(inputs, classes)
    weights, bias = between(sparse)
    np.testing.assert_allclose(weights, best.coef_[0], atol=0.01)
    assert bias == pytest.approx(best.intercept_[0], abs=0.01)


def test_l1_lets_go_of_inputs_that_say_little(plain, sparse):
    """SGD comes near to 0 and never rests on it: what is left is a thousandth of the largest."""

    def used(run):
        weights = np.abs(between(run)[0])
        return int((weights > 1e-3 * weights.max()).sum())

    assert used(plain) == INPUTS
    assert used(sparse) <= 7


def objective(halves, inputs, classes, rate):
    """The mean loss of logistic regression over all 2^10 masks of dropout, and the penalties; its gradient.

    halves   positive and negative parts of the weights, then the bias: so Σ |d| has a derivative
    """
    weights, bias, rows = halves[:INPUTS] - halves[INPUTS:-1], halves[-1], len(inputs)
    masks = np.array(list(itertools.product([0.0, 1.0], repeat=INPUTS)))
    share = rate ** (INPUTS - masks.sum(1)) * (1 - rate) ** masks.sum(1)
    signs = 2 * classes[:, None] - 1
    margins = signs * (inputs @ (masks * weights).T / (1 - rate) + bias)
    steps = -signs / (1 + np.exp(margins)) * share / rows
    l1, l2 = L1["strength"] / (2 * rows), L2["strength"] / (4 * rows)
    slope = (inputs.T @ steps * masks.T).sum(1) / (1 - rate) + 2 * l2 * weights
    loss = (np.logaddexp(0, -margins) * share).sum(1).mean()
    value = loss + l1 * halves[:-1].sum() + l2 * (weights**2).sum()
    return value, np.concatenate([slope + l1, l1 - slope, [steps.sum()]])


def test_all_three_together_reach_the_smallest_objective(whole):
    given = (*seen(whole), DROPOUT["rate"])
    bounds = [(0, None)] * 2 * INPUTS + [(None, None)]
    best = minimize(objective, np.zeros(2 * INPUTS + 1), given, jac=True, bounds=bounds, tol=1e-12)

    weights, bias = between(whole)
    reached, _ = objective(np.r_[np.maximum(weights, 0), np.maximum(-weights, 0), bias], *given)
    assert best.success
    assert reached == pytest.approx(best.fun, rel=0.01)
    np.testing.assert_allclose(weights, best.x[:INPUTS] - best.x[INPUTS:-1], atol=0.1)


def test_weights_are_smaller_and_the_student_better_for_it(plain, whole):
    """64 rows of 10 inputs can be told apart without a mistake: without a penalty weights grow for ever."""
    assert plain.listener.losses[-1] < 0.15
    assert np.abs(between(whole)[0]).sum() < 0.25 * np.abs(between(plain)[0]).sum()
    nll = [run.report["student"]["test"]["nll"] for run in (whole, plain)]
    assert nll[0] < nll[1]
