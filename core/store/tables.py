"""The tables. A *model* is a neural network here; SQL classes are tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Table as Table
from core.store.curves import Metric as Metric
from core.store.curves import MetricRollup as MetricRollup


class Job(Table):
    """A job: the row is the truth about it."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(String(200))
    tags: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(16))
    wish: Mapped[str | None] = mapped_column(String(16))
    phase: Mapped[str | None] = mapped_column(String(32))
    priority: Mapped[int]
    gpus: Mapped[int]
    spec: Mapped[dict[str, Any]]
    resolved: Mapped[dict[str, Any]]
    origins: Mapped[dict[str, Any]]
    progress: Mapped[dict[str, Any] | None]
    summary: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    # Raised by every visible change; what a client polls with.
    version: Mapped[int]
    # The last event's number; given out under this row's lock, so events have no gaps.
    event_seq: Mapped[int]
    # The fencing number: a writer that holds an older one writes nothing.
    attempt: Mapped[int]
    failures: Mapped[int]
    losses: Mapped[int]
    drains: Mapped[int] = mapped_column(server_default="0")
    retries: Mapped[int]
    not_before: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(40))
    heartbeat: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # Of the resolved spec: the same job, and one that costs about the same. None before these were kept.
    spec_sha256: Mapped[str | None] = mapped_column(String(64))
    likeness: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_jobs_claim", "state", "priority", "id"),
        Index("ix_jobs_owner_id", "owner", "id"),
        Index("ix_jobs_owner_spec_sha256", "owner", "spec_sha256", "id"),
        Index("ix_jobs_owner_likeness", "owner", "likeness", "id"),
        # Lists: for whoever sees everything, and for one owner.
        Index("ix_jobs_state_id", "state", "id"),
        Index("ix_jobs_owner_state_id", "owner", "state", "id"),
        Index("ix_jobs_priority_id", "priority", "id"),
        Index("ix_jobs_owner_priority_id", "owner", "priority", "id"),
        Index("ix_jobs_updated_at_id", "updated_at", "id"),
        Index("ix_jobs_owner_updated_at_id", "owner", "updated_at", "id"),
    )


class JobTag(Table):
    """One tag of a job, to find the job by. The job's own list is what is shown."""

    __tablename__ = "job_tags"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)
    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    __table_args__ = (Index("ix_job_tags_tag_job_id", "tag", "job_id"),)


class Attempt(Table):
    """One try at a job, by one worker."""

    __tablename__ = "attempts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    worker_id: Mapped[str] = mapped_column(String(40))
    host: Mapped[str] = mapped_column(String(255))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(32))
    error: Mapped[dict[str, Any] | None]


class Checkpoint(Table):
    """A state to go on from, the trained teacher that goes with it, or the students so far. Shown to nobody.

    sequence    counts the checkpoints of a job; a repeated attempt writes the same ones again
    best        whether it is the first that holds the best student so far
    """

    __tablename__ = "checkpoints"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int]
    best: Mapped[bool]
    created_at: Mapped[datetime]


class Leader(Table):
    """Who may do what only one process may do. `beats` is raised while it is alive."""

    __tablename__ = "leaders"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(40))
    beats: Mapped[int]


class Once(Table):
    """The answer to a request that was sent with an Idempotency-Key, kept for a day."""

    __tablename__ = "once"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Event(Table):
    """What happened to a job, in order and without gaps.

    turn    places it among the events of all jobs: core.store.feed says how
    """

    __tablename__ = "events"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]]
    turn: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (Index("ix_events_turn", "turn", "job_id", "seq"),)


class Counter(Table):
    """A number that only rises, also where what it counted was deleted."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int]


class LogLine(Table):
    """One line that the trainer or its supervisor wrote."""

    __tablename__ = "log_lines"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    level: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)


class Artifact(Table):
    """A file that a person downloads."""

    __tablename__ = "artifacts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    attempt: Mapped[int]
    created_at: Mapped[datetime]


class ApiKey(Table):
    """A key: its public half and a hash of the secret half."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class Worker(Table):
    """A Celery worker that says it is alive."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    queue: Mapped[str] = mapped_column(String(16), server_default="train")
    gpus: Mapped[int]
    slots: Mapped[int]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
