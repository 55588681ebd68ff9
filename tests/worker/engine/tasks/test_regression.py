"""How far predictions are off, against scikit-learn and by hand."""

import numpy as np
import pytest
import torch
from sklearn import metrics

from worker.engine.data.tables.standardization import Standardization
from worker.engine.data.tables.table import all_rows
from worker.engine.measures.residuals import residuals
from worker.engine.methods.squared_error import squared_error
from worker.engine.tasks.regression import REGRESSION, errors

TRUE = torch.tensor([1.0, 2.0, 4.0, 9.0], dtype=torch.float64)
PREDICTED = torch.tensor([1.5, 2.0, 3.0, 8.0], dtype=torch.float64)


def test_the_errors_are_those_of_scikit_learn():
    found = errors(PREDICTED, TRUE, std=2.0)

    assert found.mse == pytest.approx(metrics.mean_squared_error(TRUE, PREDICTED))
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(TRUE, PREDICTED))
    assert found.mae == pytest.approx(metrics.mean_absolute_error(TRUE, PREDICTED))
    assert found.r2 == pytest.approx(metrics.r2_score(TRUE, PREDICTED))
    assert found.standardized_mse == pytest.approx(found.mse / 4)


def test_of_targets_that_are_all_equal_no_share_is_explained():
    assert errors(PREDICTED, torch.full_like(TRUE, 3.0), std=1.0).r2 is None


def test_a_smaller_error_is_fitter():
    better, worse = errors(PREDICTED, TRUE, 1.0), errors(PREDICTED + 5, TRUE, 1.0)

    assert better.fitness > worse.fitness
    assert REGRESSION.value(better.fitness) == better.mse


def test_answers_are_scored_in_the_units_of_the_target():
    scaling = Standardization((0.0,), (1.0,), target_mean=10.0, target_std=5.0)
    rows = all_rows(torch.zeros(2, 1, dtype=torch.float64), torch.tensor([10.0, 20.0], dtype=torch.float64))

    found = REGRESSION.score(torch.tensor([[0.0], [1.0]]), rows, scaling)

    assert found.mse == pytest.approx(12.5)  # 10 is right, 15 is off by 5


def test_networks_are_alike_as_far_as_their_predictions_are():
    own, other = Standardization((0.0,), (1.0,)), Standardization((0.0,), (1.0,), 2.0, 3.0)
    both = dict.fromkeys(("teacher", "student"), torch.tensor([[0.0], [1.0]]))

    same = REGRESSION.compared(both, {"teacher": own, "student": own}, TRUE[:2], ())
    apart = REGRESSION.compared(both, {"teacher": own, "student": other}, TRUE[:2], ())

    assert same["difference_rmse"] == 0.0
    assert apart["difference_rmse"] == pytest.approx(((2**2 + 4**2) / 2) ** 0.5)


def test_residuals_are_counted_in_bins_that_networks_share():
    true = torch.linspace(0, 5, 50, dtype=torch.float64)
    off = {"teacher": torch.sin(true), "student": 3 * torch.cos(true) - 1}

    found = residuals({name: true + by for name, by in off.items()}, true)

    low, high = min(map(torch.min, off.values())).item(), max(map(torch.max, off.values())).item()
    assert (found.edges[0], found.edges[-1]) == pytest.approx((low, high))
    for name, by in off.items():
        assert found.counts[name] == np.histogram(by.numpy(), bins=21, range=(low, high))[0].tolist()


def test_rows_that_are_all_off_by_the_same_lie_in_one_bin():
    found = residuals({"student": TRUE}, TRUE)

    assert (found.edges[0], found.edges[-1]) == (-0.5, 0.5)
    assert max(found.counts["student"]) == sum(found.counts["student"]) == len(TRUE)


def test_the_squared_error_is_a_mean_over_the_batch():
    answers, measures = torch.tensor([[1.0], [4.0]]), torch.tensor([0.0, 2.0])

    assert squared_error(answers, measures).item() == pytest.approx(2.5)
    twice = squared_error(answers.repeat(2, 1), measures.repeat(2))
    assert twice.item() == pytest.approx(2.5)


def test_the_gradient_of_the_squared_error_is_right():
    answers = torch.rand(5, 1, dtype=torch.float64, requires_grad=True)
    measures = torch.rand(5, dtype=torch.float64)

    assert torch.autograd.gradcheck(lambda z: squared_error(z, measures), answers)
