"""What waits and what runs, and who works. Of other people's jobs only how many there are."""

from datetime import datetime
from typing import Self

from app.schemas.base import View
from core.store import queue, tables


class WaitingJob(View):
    """A job that waits; `position` counts everybody's, from 1, in the order in which they are taken."""

    id: str
    name: str | None
    position: int
    queued_because: str
    priority: int
    gpus: int
    created_at: datetime

    @classmethod
    def of(cls, found: queue.Waiting, because: str) -> Self:
        job = found.job
        return cls(
            id=job.id, name=job.name, position=found.position, queued_because=because,
            priority=job.priority, gpus=job.gpus, created_at=job.created_at,
        )  # fmt: skip


class RunningJob(View):
    """A job that runs, and where."""

    id: str
    name: str | None
    phase: str | None
    attempt: int
    started_at: datetime | None
    worker_id: str
    host: str

    @classmethod
    def of(cls, found: queue.Running) -> Self:
        job = found.job
        return cls(
            id=job.id, name=job.name, phase=job.phase, attempt=job.attempt, started_at=job.started_at,
            worker_id=found.worker_id, host=found.host,
        )  # fmt: skip


class Queue(View):
    """The first of your jobs that wait and run; the totals count everybody's."""

    waiting: list[WaitingJob]
    waiting_total: int
    waiting_of_others: int
    running: list[RunningJob]
    running_total: int
    running_of_others: int


class WorkerView(View):
    """A worker, and the jobs that it works on: yours by id, those of others by their number.

    queue    `train` for jobs; `light` for what people bring, which are no jobs
    """

    id: str
    host: str
    queue: str
    gpus: int
    slots: int
    started_at: datetime
    seen_at: datetime
    alive: bool
    jobs: list[str]
    jobs_of_others: int

    @classmethod
    def of(cls, worker: tables.Worker, alive: bool, jobs: list[str], of_others: int) -> Self:
        return cls(
            id=worker.id, host=worker.host, queue=worker.queue, gpus=worker.gpus, slots=worker.slots,
            started_at=worker.started_at, seen_at=worker.seen_at, alive=alive, jobs=jobs,
            jobs_of_others=of_others,
        )  # fmt: skip


class WorkerList(View):
    """Every worker that did not say goodbye; one that is not alive fell silent."""

    data: list[WorkerView]
