"""Columns are brought to one scale by the training rows, and answers back to their units."""

import numpy as np
import pytest
import torch

from worker.engine.data.tables.standardization import Standardization, measure, told
from worker.engine.data.tables.table import all_rows

CPU = torch.device("cpu")
INPUTS = torch.tensor([[1.0, 5.0, 1e6], [2.0, 5.0, 1e6 + 1], [6.0, 5.0, 1e6 + 2]], dtype=torch.float64)
MEASURES = torch.tensor([10.0, 20.0, 60.0], dtype=torch.float64)


def test_each_column_gets_mean_0_and_variance_1():
    seen = measure(all_rows(INPUTS, MEASURES)).to(CPU)(INPUTS)

    expected = (INPUTS.numpy() - INPUTS.numpy().mean(axis=0))[:, [0, 2]] / INPUTS.numpy().std(axis=0)[[0, 2]]
    np.testing.assert_allclose(seen[:, [0, 2]], expected, rtol=1e-6)
    assert seen.dtype == torch.float32


def test_a_column_that_never_changes_says_nothing():
    scaling = measure(all_rows(INPUTS, MEASURES))

    assert scaling.std[1] == 1.0
    assert scaling.to(CPU)(INPUTS)[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_a_measure_is_standardised_too_and_comes_back_in_its_units():
    scaling = measure(all_rows(INPUTS, MEASURES))

    assert scaling.target_mean == pytest.approx(30.0)
    assert scaling.target(MEASURES).mean().item() == pytest.approx(0.0, abs=1e-6)
    torch.testing.assert_close(scaling.measures(scaling.target(MEASURES)), MEASURES, rtol=1e-6, atol=1e-5)


def test_classes_are_left_alone():
    scaling = measure(all_rows(INPUTS, torch.tensor([0, 1, 1])))

    assert (scaling.target_mean, scaling.target_std) == (0.0, 1.0)


SAID = {"input_mean": [1.0, 2.0], "input_std": [1.0, 0.5], "target_mean": 3.0, "target_std": 2.0}


def test_what_a_file_says_is_what_was_measured():
    assert told(SAID) == Standardization((1.0, 2.0), (1.0, 0.5), 3.0, 2.0)
    assert told({"mean": [0.5, 0.5, 0.5]}) is None


@pytest.mark.parametrize(
    "wrong", [{"input_std": [1.0, 0.0]}, {"input_std": [1.0]}, {"target_std": -1.0}, {"target_mean": "x"}]
)
def test_a_file_that_says_nonsense_is_refused(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        told(SAID | wrong)
