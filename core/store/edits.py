"""Jobs that are there: give them another name, other tags or another priority; remove them."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.errors import Conflict
from core.lifecycle import FINISHED, JobState, Wish, allowed_actions, shown_state
from core.spec.edit import JobEdit
from core.store import events
from core.store.needs import needing, still_needed
from core.store.tables import Job, JobTag


def edit(session: Session, job: Job, asked: JobEdit) -> bool:
    """Change a job that the caller has locked; False when it is already so.

    Its spec says the same afterwards, so that a clone of it, or its spec.json, is called as it is.
    """
    now = {"name": job.name, "tags": job.tags, "priority": job.priority}
    wanted = {name: list(v) if isinstance(v, tuple) else v for name, v in asked.values().items()}
    changed = {name: value for name, value in wanted.items() if value != now[name]}
    if not changed:
        return False
    for name, value in changed.items():
        setattr(job, name, value)
    job.spec, job.resolved = {**job.spec, **changed}, {**job.resolved, **changed}
    job.origins = {pointer: origin for pointer, origin in job.origins.items() if not _about(pointer, changed)}
    job.origins = job.origins | {pointer: "given" for name in changed for pointer in _leaves(name, changed)}
    if "tags" in changed:
        _tag(session, job)
    session.flush()
    events.append(session, job.id, "edited", changed)
    session.refresh(job)
    return True


def remove(session: Session, job: Job) -> None:
    """Forget a job that the caller has locked to remove it, with all that names it; its files go later.

    Conflict    it has not ended, or one that has not ended needs its teacher
    """
    state, wish = JobState(job.state), Wish(job.wish) if job.wish else None
    if state not in FINISHED:
        raise Conflict(
            f"can't delete a {shown_state(state, wish)} job: it has not ended",
            state=shown_state(state, wish), allowed_actions=allowed_actions(state, wish),
        )  # fmt: skip
    if needed_by := needing(session, job.id):
        actions = allowed_actions(state, wish)
        raise still_needed("the teacher of this job", needed_by, state=state, allowed_actions=actions)
    session.execute(delete(Job).where(Job.id == job.id).execution_options(synchronize_session=False))
    session.expunge(job)


def _tag(session: Session, job: Job) -> None:
    session.execute(delete(JobTag).where(JobTag.job_id == job.id))
    session.add_all(JobTag(owner=job.owner, tag=tag, job_id=job.id) for tag in job.tags)


def _about(pointer: str, changed: dict[str, Any]) -> bool:
    return pointer.split("/")[1] in changed


def _leaves(name: str, changed: dict[str, Any]) -> list[str]:
    """Where the values of a field stand; an empty list is a value by itself."""
    value = changed[name]
    if isinstance(value, list) and value:
        return [f"/{name}/{index}" for index in range(len(value))]
    return [f"/{name}"]
