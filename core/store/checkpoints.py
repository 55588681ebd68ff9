"""Checkpoints: what a job goes on from after a pause, a drain or a crash."""

from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock
from core.store import attempts
from core.store.attempts import Claimed
from core.store.tables import Checkpoint
from core.store.upsert import upsert

Kind = Literal["training", "teacher", "best", "last"]
KEPT = 2


def record(session: Session, attempt: Claimed, kind: Kind, row: dict[str, Any]) -> None:
    """Add a checkpoint whose blob is stored already, and forget those that are no longer needed.

    row          sequence, digest, bytes, best
    LeaseLost    nothing was written: the job belongs to a newer attempt
    """
    attempts.beat(session, attempt)
    place = {"job_id": attempt.job_id, "attempt": attempt.number, "kind": kind, "created_at": clock.now()}
    upsert(session, Checkpoint, [place | row])
    match kind:
        case "training":
            _forget(session, attempt.job_id)
        case "best" | "last":
            older = Checkpoint.sequence < row["sequence"]
            session.execute(
                delete(Checkpoint).where(Checkpoint.job_id == attempt.job_id, Checkpoint.kind == kind, older)
            )


def newest(session: Session, job_id: str, kind: Kind) -> list[Checkpoint]:
    """Those that are left, newest first."""
    query = select(Checkpoint).where(Checkpoint.job_id == job_id, Checkpoint.kind == kind)
    return list(session.scalars(query.order_by(Checkpoint.sequence.desc())))


def drop(session: Session, job_id: str) -> None:
    """Forget all of a job's: it has succeeded, and nothing goes on from here."""
    session.execute(delete(Checkpoint).where(Checkpoint.job_id == job_id))


def _forget(session: Session, job_id: str) -> None:
    """Keep the two newest and the newest best. Their blobs are removed once no row names them."""
    found = newest(session, job_id, "training")
    best = next((checkpoint for checkpoint in found if checkpoint.best), None)
    for checkpoint in found[KEPT:]:
        if checkpoint is not best:
            session.delete(checkpoint)
