"""The comparison of training steps is honest: both loops learn the same thing from the same data."""

import json
import math

import pytest
import torch
import torch.nn.functional as F

from bench import accuracy, step, workload
from bench.candidates import candidates
from core.spec import JobSpec
from core.spec.checks import problems
from worker.engine.methods.soft_targets import soft_target_loss


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_both_loops_are_timed_in_one_run():
    result = step.compare(repeats=1, warm_up=1, steps=2)

    json.dumps(result, allow_nan=False)
    assert result["ratio"]["median"] == result["ours"]["median"] / result["reference"]["median"]


@pytest.mark.parametrize("name", candidates())
def test_every_candidate_is_a_job_that_can_be_run(name):
    spec = JobSpec.model_validate({**accuracy.SHARED, **candidates()[name]})

    assert not problems(spec, None)


def test_gains_are_told_seed_by_seed_of_the_seeds_that_both_have():
    runs = {accuracy.BASELINE: {"0": 0.5, "1": 0.7}, "l2": {"0": 0.6, "1": 0.7, "2": 0.1}}

    table = accuracy.table(runs)

    assert table[accuracy.BASELINE] == {"n": 2, "mean": 0.6, "half_95": pytest.approx(12.706 * 0.1)}
    assert table["l2"]["n"] == 3
    assert table["l2"]["gain"] == {
        "n": 2,
        "mean": pytest.approx(0.05),
        "half_95": pytest.approx(12.706 * 0.05),
    }


def test_both_loops_have_the_same_loss():
    student, teacher = torch.randn(8, 10), torch.randn(8, 10)
    temperature = workload.TEMPERATURE

    theirs = temperature**2 * F.kl_div(
        F.log_softmax(student / temperature, dim=1),
        F.softmax(teacher / temperature, dim=1),
        reduction="batchmean",
    )

    assert math.isclose(soft_target_loss(student, teacher, temperature).item(), theirs.item(), rel_tol=1e-4)
