"""Jobs: submit, read, move and wish."""

from typing import Any, Literal

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session, make_transient_to_detached

from core import clock, ids
from core.errors import Conflict, NotFound
from core.lifecycle import (
    FINISHED,
    NEXT,
    Action,
    Answer,
    Ask,
    JobState,
    Move,
    Wish,
    allowed_actions,
    answer,
    shown_state,
)
from core.spec import JobSpec
from core.spec.datasets import UploadedFacts
from core.spec.fitting import fitted
from core.spec.likeness import likeness, sameness
from core.spec.resolve import resolve
from core.store import artifacts, events, workers
from core.store.tables import Job, JobTag

# Built once: it is asked for with every submission, and with every poll of a job that waits.
_FIRST = (Job.priority > bindparam("priority")) | (
    (Job.priority == bindparam("priority")) & (Job.id < bindparam("id"))
)
_AHEAD = select(func.count()).select_from(Job).where(Job.state == JobState.QUEUED, _FIRST)
_WHOSE = select(Job.owner).where(Job.id == bindparam("id"))
_INSERT, _INSERT_TAGS = insert(Job), insert(JobTag)
Lock = Literal["kept", "changed", "removed"]


def submit(session: Session, spec: JobSpec, owner: str, uploaded: UploadedFacts | None = None) -> Job:
    """Insert a queued job and its first event.

    uploaded    what is known of the uploaded data set that it names
    """
    resolved, origins = resolve(spec, uploaded)
    moment = clock.now()
    job = _inserted(
        session, id=ids.new("job"), owner=owner, name=spec.name, tags=list(spec.tags), state=JobState.QUEUED,
        wish=None, phase=None, priority=spec.priority, gpus=_gpus(spec),
        # What it says of itself can be posted again: a batch that was fitted would be refused as it was.
        spec=fitted(spec, uploaded).model_dump(mode="json"),
        resolved=resolved.model_dump(mode="json"), origins=origins, progress=None, summary=None, error=None,
        version=2, event_seq=1, attempt=0, failures=0, losses=0, drains=0, retries=0, not_before=None,
        lease_owner=None, heartbeat=0, created_at=moment, updated_at=moment, started_at=None,
        finished_at=None, spec_sha256=sameness(resolved), likeness=likeness(resolved),
    )  # fmt: skip
    events.begin(session, job.id, "state", {"state": JobState.QUEUED})
    return job


def _inserted(session: Session, **values: Any) -> Job:
    """Written past the session, which takes thrice as long to find out what is new; known to it then."""
    connection, job = session.connection(), Job(**values)
    connection.execute(_INSERT, values)
    if job.tags:
        tags = [{"owner": job.owner, "tag": tag, "job_id": job.id} for tag in job.tags]
        connection.execute(_INSERT_TAGS, tags)
    make_transient_to_detached(job)
    session.add(job)
    return job


def _gpus(spec: JobSpec) -> int:
    return 0 if spec.resources.gpus == "auto" else spec.resources.gpus


def check(session: Session, job_id: str, owner: str | None) -> None:
    """NotFound where `get` would find none; reads nothing else of the job."""
    whose = session.scalar(_WHOSE, {"id": job_id}) if ids.is_id("job", job_id) else None
    if whose is None or (owner is not None and whose != owner):
        raise _missing(job_id)


def get(session: Session, job_id: str, owner: str | None, *, lock: Lock | None = None) -> Job:
    """The job; NotFound when there is none, or it is another owner's. `owner` None sees all.

    lock    until the transaction ends it is not deleted, or not changed, or not even named by anything new
    """
    locked = None if lock is None else {"key_share": lock != "removed", "read": lock == "kept"}
    job = session.get(Job, job_id, with_for_update=locked) if ids.is_id("job", job_id) else None
    if job is None or (owner is not None and job.owner != owner):
        raise _missing(job_id)
    return job


def _missing(job_id: str) -> NotFound:
    return NotFound(f"no job {job_id[:60]!r}")


def queue_position(session: Session, job: Job) -> int | None:
    """How many queued jobs run before this one, plus one; None unless queued."""
    if job.state != JobState.QUEUED:
        return None
    return (session.scalar(_AHEAD, {"priority": job.priority, "id": job.id}) or 0) + 1


def queued(session: Session) -> int:
    """How many jobs some worker could claim now.

    Of those that need GPUs only what a living worker has enough for. The others count without one, too: a
    worker can hear a ring before it has said that it is there.
    """
    due = (Job.not_before.is_(None)) | (Job.not_before <= clock.now())
    can_run = Job.gpus <= (workers.most_gpus(session) or 0)
    return session.scalar(select(func.count()).where(Job.state == JobState.QUEUED, due, can_run)) or 0


def move(session: Session, job: Job, to: JobState, **values: Any) -> bool:
    """Move a job from the state it was read in, with one event; False when another process was first.

    Compare-and-set on state and attempt: of two that try the same move, one wins.
    """
    if to not in NEXT[JobState(job.state)]:
        raise Conflict(
            f"a {job.state} job cannot become {to}",
            state=job.state,
            allowed_actions=allowed_actions(JobState(job.state)),
        )
    if to in FINISHED:
        values |= {"finished_at": clock.now(), "phase": None, "wish": None, "lease_owner": None}
    won = session.scalar(
        update(Job)
        .where(Job.id == job.id, Job.state == job.state, Job.attempt == job.attempt)
        .values(state=to, **values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        return False
    if to in FINISHED:
        artifacts.settle(session, job, to)
    data: dict[str, Any] = {"state": to}
    if values.get("error"):
        data["error"] = values["error"]
    events.append(session, job.id, "state", data)
    session.refresh(job)
    return True


def act(session: Session, job: Job, action: Action) -> bool:
    """Do what a person asks, or note the wish for the worker. False when it is already so.

    Conflict        the job's state does not allow it
    """
    wish = Wish(job.wish) if job.wish else None
    state = JobState(job.state)
    match answer(action, state, wish, retried=job.retries > 0):
        case Answer.ALREADY:
            return False
        case Answer.REFUSED:
            raise Conflict(
                f"can't {action} a {shown_state(state, wish)} job",
                state=shown_state(state, wish), allowed_actions=allowed_actions(state, wish),
            )  # fmt: skip
        case Move(to):
            done = move(session, job, to, **(_fresh(job) if action is Action.RETRY else {}))
        case Ask(new):
            done = _wish(session, job, new)
    if not done:
        # Another process moved the job meanwhile: judge again, by what it is now.
        session.refresh(job)
        return act(session, job, action)
    return True


def _fresh(job: Job) -> dict[str, Any]:
    """What a retry starts with. Checkpoints stay: it goes on from the last."""
    return {
        "retries": job.retries + 1, "failures": 0, "losses": 0, "drains": 0, "error": None, "wish": None,
        "summary": None, "finished_at": None, "not_before": None,
    }  # fmt: skip


def _wish(session: Session, job: Job, wish: Wish | None) -> bool:
    """Note a wish, unless state or wish changed since the job was read."""
    won = session.scalar(
        update(Job)
        .where(Job.id == job.id, Job.state == JobState.RUNNING, Job.wish.is_not_distinct_from(job.wish))
        .values(wish=wish)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        return False
    events.append(session, job.id, "wish", {"wish": wish})
    session.refresh(job)
    return True
