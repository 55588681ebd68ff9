"""A hundred thousand steps through the life of jobs, and proof that the walk would notice a defect."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from core import clock
from core.store.session import Database
from tests import databases
from tests.faults.life_of_jobs import LifeOfJobs
from tests.faults.observed import FakeClock
from tests.faults.planted import HIDDEN_PLANTS, PLANTS, Plant
from tests.faults.snapshot import Snapshots
from worker import conclusion, reaper

WALK = settings(
    stateful_step_count=100, deadline=None, database=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)  # fmt: skip
# A file in memory, where there is such a place: nothing here has to survive a power cut.
MEMORY = Path("/dev/shm")

Life = Callable[[], LifeOfJobs]


@pytest.fixture
def life(migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    """Makes jobs of their own, on the real store and against a clock that a test turns."""
    fake = FakeClock()
    monkeypatch.setattr(clock, "now", fake.now)
    monkeypatch.setattr(reaper.log, "disabled", True)
    monkeypatch.setattr(conclusion.log, "disabled", True)
    with _folder() as folder, databases.sqlite(folder, migrated_sqlite) as url:
        database, snapshots = Database(url), Snapshots(url.removeprefix("sqlite:///"))
        yield partial(LifeOfJobs, database, fake, snapshots)
        snapshots.close()
        database.close()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def walk(life: Life, examples: int) -> int:
    """Live so many lives; returns the number of steps."""
    LifeOfJobs.steps = 0
    run_state_machine_as_test(life, settings=settings(WALK, max_examples=examples))
    return LifeOfJobs.steps


def test_whatever_happens_every_promise_is_kept(life: Life) -> None:
    assert walk(life, 40) >= 3_000


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("quarter", range(4))  # side by side, where there are as many cores
def test_a_hundred_thousand_steps(life: Life, quarter: int) -> None:
    assert walk(life, 325) >= 25_000


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_defect_is_found(life: Life, monkeypatch: pytest.MonkeyPatch, plant: Plant) -> None:
    """By what is wrong with it: a full disk or a locked database would end the walk, too."""
    error, words = (PLANTS | HIDDEN_PLANTS)[plant]
    plant(monkeypatch)

    with pytest.raises(error, match=words):
        walk(life, 300)


@pytest.mark.slow
@pytest.mark.parametrize("plant", HIDDEN_PLANTS, ids=lambda plant: plant.__name__)
def test_a_hidden_defect_is_found(life: Life, monkeypatch: pytest.MonkeyPatch, plant: Plant) -> None:
    test_a_planted_defect_is_found(life, monkeypatch, plant)
