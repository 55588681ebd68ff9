"""Workers that say they are alive."""

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from core import clock
from core.store.tables import Worker
from core.store.upsert import upsert

SILENT_AFTER = timedelta(seconds=45)
# The two kinds of work: jobs, and what people bring.
TRAIN, LIGHT = "train", "light"
# Built once: it is asked for with every submission.
_MOST_GPUS = select(func.max(Worker.gpus)).where(
    Worker.queue == TRAIN, Worker.seen_at > bindparam("since", type_=Worker.seen_at.type)
)


def seen(
    session: Session, worker_id: str, *, host: str, pid: int, gpus: int, slots: int, queue: str = TRAIN
) -> None:
    """Note that a worker is alive."""
    moment = clock.now()
    known = session.get(Worker, worker_id)
    started = known.started_at if known else moment
    row = {"id": worker_id, "host": host, "pid": pid, "queue": queue, "gpus": gpus, "slots": slots}
    upsert(session, Worker, [{**row, "started_at": started, "seen_at": moment}])


def gone(session: Session, worker_id: str) -> None:
    """Forget a worker that said goodbye."""
    session.execute(delete(Worker).where(Worker.id == worker_id))


def known(session: Session) -> list[Worker]:
    """Every worker that did not say goodbye, the silent ones, too; those first that were heard of last."""
    return list(session.scalars(select(Worker).order_by(Worker.seen_at.desc(), Worker.id)))


def alive(session: Session, queue: str = TRAIN) -> list[Worker]:
    """Workers of a queue that were heard of lately."""
    return list(session.scalars(select(Worker).where(*_alive(queue)).order_by(Worker.id)))


def is_alive(worker: Worker) -> bool:
    """Whether it was heard of lately, whatever its work."""
    return worker.seen_at > clock.now() - SILENT_AFTER


def most_gpus(session: Session) -> int | None:
    """GPUs of the best equipped worker alive that runs jobs; None without any."""
    return session.scalar(_MOST_GPUS, {"since": clock.now() - SILENT_AFTER})


def _alive(queue: str) -> tuple[Any, ...]:
    return (Worker.queue == queue, Worker.seen_at > clock.now() - SILENT_AFTER)
