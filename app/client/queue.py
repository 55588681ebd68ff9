"""What waits and what runs, and who works, as the service answers it."""

from datetime import datetime

from app.client.results import Result


class WaitingJob(Result):
    """A job of yours that waits; `position` counts everybody's, from 1."""

    id: str
    name: str | None
    position: int
    queued_because: str
    priority: int
    gpus: int
    created_at: datetime


class RunningJob(Result):
    """A job of yours that runs, and where."""

    id: str
    name: str | None
    phase: str | None
    attempt: int
    started_at: datetime | None
    worker_id: str
    host: str


class Queue(Result):
    """The first of your jobs that wait and run; the totals count everybody's."""

    waiting: tuple[WaitingJob, ...]
    waiting_total: int
    waiting_of_others: int
    running: tuple[RunningJob, ...]
    running_total: int
    running_of_others: int


class Worker(Result):
    """A worker: your jobs that it works on by id, those of others by their number.

    queue    "train" for jobs; "light" for what people bring, which are no jobs
    """

    id: str
    host: str
    queue: str = "train"
    gpus: int
    slots: int
    started_at: datetime
    seen_at: datetime
    alive: bool
    jobs: tuple[str, ...]
    jobs_of_others: int
