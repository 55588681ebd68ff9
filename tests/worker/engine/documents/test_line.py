"""3x + 2 under hard limits, until the error is small enough: least squares, as the document has it."""

import numpy as np
import pytest

from tests.worker.engine.documents.runs import TableRun, changed, example

LINE = example("line.json")
# Every step sees all rows: what chance does to batches is out of it.
WHOLE = {"batch_size": 64, "learning_rate": 0.2, "epochs": 60}


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    return TableRun(LINE, tmp_path_factory.mktemp("line"), last=False)


def alone(tmp_path, *regularizers):
    """The student under these limits only, trained to the end."""
    spec = changed(
        LINE, regularizers=list(regularizers), stopping={"target_loss": None}, optimization=WHOLE,
        teacher={"source": {"kind": "train", "epochs": 1}},
    )  # fmt: skip
    return TableRun(spec, tmp_path)


def least_squares(run):
    """Weight and bias of standardised rows, by numpy."""
    inputs, labels = run.seen
    return np.linalg.lstsq(np.c_[inputs, np.ones(len(inputs))], labels, rcond=None)[0]


def test_the_line_is_found(line):
    slope, intercept = line.line

    assert slope == pytest.approx(3.0, abs=0.1)
    assert intercept == pytest.approx(2.0, abs=0.1)
    assert line.report["student"]["test"]["r2"] > 0.99


def test_training_ends_at_the_error_that_was_asked_for(line):
    losses = line.listener.losses

    assert "target_loss" in line.report["student"]["stopped"]
    assert line.report["student"]["epochs"] == len(losses) < LINE["optimization"]["epochs"]
    assert losses[-1] <= LINE["stopping"]["target_loss"] < min(losses[:-1])


def test_limits_that_do_not_bind_leave_the_least_squares_line(tmp_path):
    run = alone(
        tmp_path,
        {"kind": "weight_clipping", "max_abs": 5.0},
        {"kind": "gradient_clipping", "max_abs": 1.0},
    )

    weight, bias = least_squares(run)
    assert run.weights["output.weight"].item() == pytest.approx(weight, abs=1e-5)
    assert run.weights["output.bias"].item() == pytest.approx(bias, abs=1e-5)


def test_a_limit_on_weights_that_binds_is_reached_exactly(tmp_path):
    run = alone(tmp_path, {"kind": "weight_clipping", "max_abs": 0.5})

    # One input: standardised, the least-squares weight is the correlation, which is nearly 1.
    assert least_squares(run)[0] > 0.99
    assert run.weights["output.weight"].item() == 0.5


def test_no_step_is_longer_than_the_limit_on_gradients_lets_it_be(tmp_path):
    limit = 0.01
    begun = alone(tmp_path / "begun", {"kind": "gradient_clipping", "max_abs": 1e-9})  # which goes nowhere
    limited = alone(tmp_path / "limited", {"kind": "gradient_clipping", "max_abs": limit})

    start, end = (run.weights["output.weight"].item() for run in (begun, limited))
    longest = limit * WHOLE["learning_rate"] * WHOLE["epochs"]
    assert longest / 2 < abs(end - start) <= longest
    assert abs(least_squares(limited)[0] - start) > 10 * longest


def test_the_penalty_gives_the_ridge_solution(tmp_path):
    run = alone(tmp_path, {"kind": "l2", "strength": 0.5})

    # mean (w x + b − y)² + λ w², with mean x = mean y = 0: w = mean(x y) / (mean(x²) + λ)
    inputs, labels = run.seen
    ridge = (inputs[:, 0] * labels).mean() / ((inputs[:, 0] ** 2).mean() + 0.5)
    assert run.weights["output.weight"].item() == pytest.approx(ridge, rel=1e-5)
    assert abs(ridge) < 0.7 * abs(least_squares(run)[0])
