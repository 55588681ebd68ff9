"""Things that tests start from, with everything that does not matter left out."""

from typing import Any

from core.lifecycle import Action, JobState
from core.spec import JobSpec
from core.store import attempts, jobs
from core.store.attempts import Claimed
from core.store.session import Database
from core.store.tables import Job

ME = "me"
WORKER = "wrk_a"


def a_spec(**asked: Any) -> JobSpec:
    """A sound spec in which only what is asked for is unusual."""
    return JobSpec.model_validate(asked)


def a_job(database: Database, owner: str = ME, **asked: Any) -> str:
    """The id of a queued job."""
    with database.writing() as session:
        return jobs.submit(session, a_spec(**asked), owner).id


def a_claim(database: Database, worker: str = WORKER, gpus: int = 0) -> Claimed | None:
    """What a worker gets that asks for work."""
    with database.writing() as session:
        return attempts.claim(session, worker, "host", gpus)


def a_running_job(database: Database, owner: str = ME, **asked: Any) -> Claimed:
    """An attempt at a new job, held by a worker."""
    job_id = a_job(database, owner, priority=100, **asked)
    claimed = a_claim(database)
    assert claimed is not None
    assert claimed.job_id == job_id, "another queued job was in the way"
    return claimed


def finish(database: Database, attempt: Claimed, to: JobState = JobState.SUCCEEDED, **values: Any) -> None:
    """Let the attempt end."""
    with database.writing() as session:
        attempts.finish(session, attempt, to, to.value, **values)


def a_finished_job(
    database: Database, owner: str = ME, to: JobState = JobState.SUCCEEDED, **asked: Any
) -> str:
    """The id of a job that has ended."""
    attempt = a_running_job(database, owner, **asked)
    finish(database, attempt, to)
    return attempt.job_id


def lose(database: Database, attempt: Claimed) -> None:
    """Let the job go back to the queue, as when its worker fell silent."""
    with database.writing() as session:
        job = jobs.get(session, attempt.job_id, None)
        assert jobs.move(session, job, JobState.QUEUED, lease_owner=None)


def act(database: Database, job_id: str, action: Action) -> bool:
    """Ask something of the job, as a person does."""
    with database.writing() as session:
        return jobs.act(session, jobs.get(session, job_id, None), action)


def cancel(database: Database, job_id: str) -> bool:
    return act(database, job_id, Action.CANCEL)


def stored(database: Database, job_id: str) -> Job:
    """The row as it is now."""
    with database.reading() as session:
        return jobs.get(session, job_id, None)
