import os
import subprocess
import sys

import pytest
import torch

from core.errors import InvalidJob
from core.spec.resources import Resources
from worker.engine import device


@pytest.fixture
def without_a_gpu(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


@pytest.mark.parametrize("gpus", ["auto", 0])
def test_without_a_gpu_a_job_runs_on_the_cpu(gpus, without_a_gpu):
    assert device.choose(Resources(gpus=gpus)) == torch.device("cpu")


def test_a_demand_for_a_gpu_is_refused_without_one(without_a_gpu):
    with pytest.raises(InvalidJob, match="demands a GPU"):
        device.choose(Resources(gpus=1))


@pytest.mark.parametrize(("gpus", "kind"), [("auto", "cuda"), (1, "cuda"), (0, "cpu")])
def test_with_a_gpu_it_is_used_unless_forbidden(gpus, kind, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)

    assert device.choose(Resources(gpus=gpus)).type == kind


@pytest.mark.parametrize(
    ("limit", "cores"), [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1)]
)
def test_a_containers_quota_counts_as_cores(limit, cores, tmp_path, monkeypatch):
    (tmp_path / "cpu.max").write_text(limit)
    monkeypatch.setattr(device, "CGROUP_LIMIT", tmp_path / "cpu.max")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))

    assert device.cores() == cores


@pytest.mark.parametrize(("begun_with", "ranks", "threads"), [(8, 1, 8), (3, 1, 3), (64, 1, 8), (1, 2, 4)])
def test_whoever_sets_fewer_threads_gets_them_but_for_ranks(begun_with, ranks, threads, monkeypatch):
    monkeypatch.setattr(device, "BEGUN_WITH", begun_with)
    monkeypatch.setattr(device, "cores", lambda: 8)
    monkeypatch.setattr(device.ranks, "count", lambda: ranks)

    assert device.threads() == threads


def test_a_process_begins_with_the_threads_it_was_given():
    script = (
        "from worker.engine import device; device.prepare(); import torch; print(torch.get_num_threads())"
    )
    given = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=given, capture_output=True, text=True, check=True
    )

    assert done.stdout == "1\n"


def test_without_a_quota_all_cores_count(tmp_path, monkeypatch):
    monkeypatch.setattr(device, "CGROUP_LIMIT", tmp_path / "absent")

    assert device.cores() == len(os.sched_getaffinity(0))
