"""Jobs on both databases: submit, page, cancel."""

import pytest
from hypothesis import HealthCheck, given, settings

from core.errors import NotFound
from core.lifecycle import JobState
from core.spec import JobSpec
from core.spec.resolve import resolve
from core.store import events, jobs
from core.store.session import Database
from tests.builders import (
    ME,
    a_job,
    a_running_job,
    a_spec,
    stored,
)
from tests.specs import sound_specs


def history(database: Database, job_id: str) -> list[str]:
    """What its events say, in order."""
    with database.reading() as session:
        return [
            str(event.data.get("state") or event.data.get("wish"))
            for event in events.after(session, job_id, 0)
        ]


def listed(database: Database, owner: str | None = ME, **options: object) -> list[str | None]:
    with database.reading() as session:
        return [job.name for job in jobs.page(session, owner, limit=100, **options).jobs]  # type: ignore[arg-type]


def test_a_submitted_job_is_queued_with_its_first_event(database: Database) -> None:
    job_id = a_job(database, name="one", tags=["a"], priority=70)

    job = stored(database, job_id)
    assert (job.state, job.wish, job.phase, job.attempt) == (JobState.QUEUED, None, None, 0)
    assert (job.owner, job.name, job.tags, job.priority) == (ME, "one", ["a"], 70)
    assert job.event_seq == 1
    assert history(database, job_id) == ["queued"]


def test_a_job_keeps_what_was_asked_and_what_is_used(database: Database) -> None:
    spec = a_spec(regularizers=["l2"])

    job = stored(database, a_job(database, regularizers=["l2"]))

    resolved, origins = resolve(spec)
    assert JobSpec.model_validate(job.spec) == spec
    assert JobSpec.model_validate(job.resolved) == resolved
    assert job.origins == origins


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(spec=sound_specs())
def test_every_sound_spec_comes_back_as_it_was(database: Database, spec: JobSpec) -> None:
    with database.writing() as session:
        job_id = jobs.submit(session, spec, ME).id

    assert JobSpec.model_validate(stored(database, job_id).spec) == spec


def test_times_are_in_utc(database: Database) -> None:
    created = stored(database, a_job(database)).created_at

    assert created.utcoffset() is not None
    assert created.utcoffset().total_seconds() == 0  # type: ignore[union-attr]


def test_a_job_is_seen_by_its_owner_and_by_whoever_sees_all(database: Database) -> None:
    job_id = a_job(database)

    with database.reading() as session:
        assert jobs.get(session, job_id, ME).id == job_id
        assert jobs.get(session, job_id, None).id == job_id


def test_anothers_job_is_as_unknown_as_none(database: Database) -> None:
    job_id = a_job(database)

    with database.reading() as session:
        with pytest.raises(NotFound) as foreign:
            jobs.get(session, job_id, "someone else")
        with pytest.raises(NotFound) as unknown:
            jobs.get(session, "job_00000000000000000000000000", ME)
    assert foreign.value.detail.replace(job_id, "…") == unknown.value.detail.replace("job_" + "0" * 26, "…")


@pytest.mark.parametrize(
    "odd", ["", "1", "99999999999999999999", "job_\0", "'; DROP TABLE jobs; --", "x" * 10_000]
)
def test_what_is_no_id_is_not_found(database: Database, odd: str) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        jobs.get(session, odd, None)


def test_the_queue_is_by_priority_then_age(database: Database) -> None:
    old, urgent, new = a_job(database), a_job(database, priority=90), a_job(database)

    with database.reading() as session:
        positions = [jobs.queue_position(session, stored(database, job)) for job in (old, urgent, new)]
    assert positions == [2, 1, 3]


def test_only_what_waits_has_a_place_in_the_queue(database: Database) -> None:
    running = a_running_job(database)

    with database.reading() as session:
        assert jobs.queue_position(session, stored(database, running.job_id)) is None
        assert jobs.queued(session) == 0
