"""Jobs as they are answered: one that waits, one that runs, one that has succeeded."""

from datetime import timedelta
from typing import Any

from app import examples
from app.answers.rows import BEGAN, JOB, OTHER_JOB, OWNER
from app.job_views import view_of
from app.schemas.jobs import Estimate, JobList, JobRow, JobView, Validation
from core.lifecycle import JobState, Wish
from core.spec import JobSpec
from core.spec.resolve import resolve
from core.store.tables import Job

SPEC = JobSpec.model_validate(examples.JOBS["offline, with two regularizers"]["value"])
SUMMARY = {"teacher_accuracy": 0.991, "student_accuracy": 0.984, "compression": 5.02, "speedup": 2.7}
PROGRESS = {
    "fraction": 0.42, "epoch": 6, "epochs": 15, "images_per_second": 1843.0, "eta_seconds": 21.5,
}  # fmt: skip
DONE = {"fraction": 1.0, "eta_seconds": None}


def job(state: JobState, *, wish: Wish | None = None, id: str = JOB) -> Job:
    """A row, as it would lie in the table in that state."""
    resolved, origins = resolve(SPEC)
    waits, ended = state in (JobState.QUEUED, JobState.PAUSED), state is JobState.SUCCEEDED
    return Job(
        id=id, owner=OWNER, name=SPEC.name, tags=[], state=state, wish=wish, priority=resolved.priority,
        phase="distil" if state is JobState.RUNNING else None, gpus=0,
        spec=SPEC.model_dump(mode="json"), resolved=resolved.model_dump(mode="json"),
        origins=origins, progress=None if waits else PROGRESS | (DONE if ended else {}),
        summary=SUMMARY if ended else None, error=None, version=4, event_seq=12,
        attempt=0 if waits else 1, failures=0, losses=0, drains=0, retries=0, not_before=None,
        created_at=BEGAN, updated_at=BEGAN + timedelta(seconds=61),
        started_at=None if waits else BEGAN + timedelta(seconds=1),
        finished_at=BEGAN + timedelta(seconds=61) if ended or state is JobState.CANCELLED else None,
    )  # fmt: skip


def answers() -> dict[tuple[str, int], Any]:
    waits = view_of(job(JobState.QUEUED), 2, 0)
    done = view_of(job(JobState.SUCCEEDED), None, None)
    rows = [JobRow.of(job(JobState.QUEUED, id=OTHER_JOB)), JobRow.of(job(JobState.SUCCEEDED))]
    return {
        ("get_job", 200): done,
        ("submit_job", 201): waits,
        ("clone_job", 201): waits,
        ("edit_job", 200): waits,
        ("list_jobs", 200): JobList(data=rows, has_more=False, next_cursor=None),
        ("validate_job", 200): _validation(),
        **_asked(),
    }


def _asked() -> dict[tuple[str, int], JobView]:
    """200: it was so already; 202: it is done, or its worker is asked to."""
    waits, rests, ends = (
        view_of(job(state), position, 0)
        for state, position in ((JobState.QUEUED, 2), (JobState.PAUSED, None), (JobState.CANCELLED, None))
    )
    pauses, stops, cancels = (view_of(job(JobState.RUNNING, wish=wish), None, None) for wish in Wish)
    return {
        ("pause_job", 200): rests, ("pause_job", 202): pauses,
        ("resume_job", 200): waits, ("resume_job", 202): waits,
        ("stop_job", 200): stops, ("stop_job", 202): stops,
        ("cancel_job", 200): ends, ("cancel_job", 202): cancels,
        ("retry_job", 200): waits, ("retry_job", 202): waits,
    }  # fmt: skip


def _validation() -> Validation:
    resolved, origins = resolve(SPEC)
    return Validation(
        valid=True, errors=[], warnings=[], resolved_spec=resolved.model_dump(mode="json"), origins=origins,
        estimate=Estimate(
            seconds_low=58.1, seconds_high=63.4, memory_bytes=None, sample_size=2,
            basis="2 jobs of yours like it have succeeded at once",
        ),
        duplicate_of=None,
    )  # fmt: skip
