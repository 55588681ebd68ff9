"""What waits, what runs, and who works."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.documented import fails, headers
from app.dependencies import Reader, ReadSession
from app.job_views import queued_because
from app.queries import NO_QUERY, ClosedQuery
from app.schemas.queue import Queue, RunningJob, WaitingJob, WorkerList, WorkerView
from core.lifecycle import JobState
from core.store import queue, workers

router = APIRouter(prefix="/v1", tags=["queue"])


class QueueQuery(ClosedQuery):
    """How much to show."""

    limit: int = Field(100, ge=1, le=1000, description="of those that wait, and of those that run")


@router.get("/queue", summary="Show the queue", responses=fails() | {200: headers()})
def get_queue(query: Annotated[QueueQuery, Query()], who: Reader, session: ReadSession) -> Queue:
    """What waits, in the order in which it is taken, and what runs, and where."""
    gpus = workers.most_gpus(session)
    waits, runs = (queue.count(session, state) for state in (JobState.QUEUED, JobState.RUNNING))
    mine_wait, mine_run = (
        queue.count(session, state, who.sees) for state in (JobState.QUEUED, JobState.RUNNING)
    )
    return Queue(
        waiting=[
            WaitingJob.of(found, queued_because(found.job, found.position, gpus))
            for found in queue.waiting(session, who.sees, query.limit)
        ],
        waiting_total=waits,
        waiting_of_others=waits - mine_wait,
        running=[RunningJob.of(found) for found in queue.running(session, who.sees, query.limit)],
        running_total=runs,
        running_of_others=runs - mine_run,
    )


@router.get("/workers", summary="List workers", dependencies=NO_QUERY, responses=fails() | {200: headers()})
def list_workers(who: Reader, session: ReadSession) -> WorkerList:
    """Every worker: where it is, whether it is alive, and what it works on."""
    at_work = queue.at_work(session)
    shown = []
    for worker in workers.known(session):
        works_on = at_work.get(worker.id, [])
        mine = [job_id for job_id, owner in works_on if who.sees in (None, owner)]
        shown.append(WorkerView.of(worker, workers.is_alive(worker), mine, len(works_on) - len(mine)))
    return WorkerList(data=shown)
