"""The task itself: what it claims, and where a job goes that was broken off before it had a trainer."""

import threading

import pytest

from core.lifecycle import Action, JobState
from core.settings import Settings
from tests.builders import a_job, a_running_job, stored
from tests.polling import eventually
from tests.worker.supervising import Bench, trainers
from worker import fetching, tasks
from worker.tasks import Context

WORKER = "wrk_a"


@pytest.fixture
def here(bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Context:
    """What the tasks of this process use."""
    here = Context(settings.model_copy(update={"worker_id": WORKER}), bench.database, bench.files)
    monkeypatch.setattr(tasks, "context", lambda: here)
    return here


def test_a_ring_makes_a_worker_run_a_job(here: Context) -> None:
    job_id = a_job(here.database, name="plain 0.2", dataset="digits")

    tasks.run_job()

    assert stored(here.database, job_id).state == JobState.SUCCEEDED


def test_a_worker_that_shuts_down_claims_nothing(here: Context) -> None:
    job_id = a_job(here.database, name="plain 0.2", dataset="digits")
    here.settings.drain_file(WORKER).touch()

    tasks.run_job()

    job = stored(here.database, job_id)
    assert (job.state, job.attempt) == (JobState.QUEUED, 0)


@pytest.mark.parametrize(
    ("action", "state"), [(Action.PAUSE, JobState.PAUSED), (Action.CANCEL, JobState.CANCELLED)]
)
def test_a_wish_is_obeyed_while_the_data_set_is_fetched(
    here: Context, bench: Bench, action: Action, state: JobState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "FETCHER", "tests.worker.odd_fetch")
    attempt = a_running_job(here.database, dataset="cifar10")
    folder = here.settings.work / attempt.job_id / "a1"
    thread = threading.Thread(target=tasks.run, args=(here, attempt, WORKER))
    thread.start()
    eventually(lambda: trainers(folder))

    bench.act(attempt, action)
    thread.join()

    assert stored(here.database, attempt.job_id).state == state
    assert not folder.exists()
