"""GPUs are dealt out in groups: a job has those of its slot."""

import pytest

from worker import devices


@pytest.fixture
def having(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    devices.visible.cache_clear()
    yield monkeypatch
    devices.visible.cache_clear()


@pytest.mark.parametrize(
    ("seen", "per_job", "gpus", "slots"),
    [("0,1,2,3", 1, 1, 4), ("0,1,2,3", 2, 2, 2), ("0,1,2", 2, 2, 1), ("5", 4, 1, 1), ("", 2, 0, 1)],
)
def test_a_slot_has_as_many_as_a_job_may_demand(
    seen: str, per_job: int, gpus: int, slots: int, having: pytest.MonkeyPatch
) -> None:
    having.setenv("CUDA_VISIBLE_DEVICES", seen)
    having.setenv("DISTILLERY_GPUS_PER_JOB", str(per_job))

    assert (devices.gpus(), devices.slots()) == (gpus, slots)


def test_no_two_slots_share_one(having: pytest.MonkeyPatch) -> None:
    having.setenv("CUDA_VISIBLE_DEVICES", "a,b,c,d,e")
    having.setenv("DISTILLERY_GPUS_PER_JOB", "2")

    seen = [devices.environment(slot)["CUDA_VISIBLE_DEVICES"] for slot in range(3)]

    assert seen == ["a,b", "c,d", "a,b"]


def test_without_any_a_trainer_sees_what_it_finds(having: pytest.MonkeyPatch) -> None:
    having.setenv("CUDA_VISIBLE_DEVICES", "")

    assert devices.environment(0) == {}
