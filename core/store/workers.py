"""Workers that say they are alive."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core import clock
from core.store.tables import Worker
from core.store.upsert import upsert

SILENT_AFTER = timedelta(seconds=45)


def seen(session: Session, worker_id: str, *, host: str, pid: int, gpus: int, slots: int) -> None:
    """Note that a worker is alive."""
    moment = clock.now()
    known = session.get(Worker, worker_id)
    started = known.started_at if known else moment
    row = {"id": worker_id, "host": host, "pid": pid, "gpus": gpus, "slots": slots}
    upsert(session, Worker, [{**row, "started_at": started, "seen_at": moment}])


def gone(session: Session, worker_id: str) -> None:
    """Forget a worker that said goodbye."""
    session.execute(delete(Worker).where(Worker.id == worker_id))


def known(session: Session) -> list[Worker]:
    """Every worker that did not say goodbye, the silent ones, too; those first that were heard of last."""
    return list(session.scalars(select(Worker).order_by(Worker.seen_at.desc(), Worker.id)))


def alive(session: Session) -> list[Worker]:
    """Workers heard of lately."""
    recent = Worker.seen_at > clock.now() - SILENT_AFTER
    return list(session.scalars(select(Worker).where(recent).order_by(Worker.id)))


def most_gpus(session: Session) -> int | None:
    """GPUs of the best equipped worker alive; None without any worker."""
    return session.scalar(select(func.max(Worker.gpus)).where(Worker.seen_at > clock.now() - SILENT_AFTER))
