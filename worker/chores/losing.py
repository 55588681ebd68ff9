"""What becomes of a chore whose worker vanished."""

from core.store import chores
from core.store.session import Session
from worker.chores.kinds import KINDS
from worker.outcome import failure
from worker.reaper import Watched

# Of a process that foreign bytes kill each time, nobody wants a fourth one.
MAX_LOSSES = 3


def lose_chore(session: Session, chore_id: str, watched: Watched) -> str | None:
    """Give it back, or end it when that has happened too often; None when it moved after all."""
    chore = chores.take_back(session, chore_id, watched.attempt, watched.heartbeat)
    if chore is None:
        return None
    losses = chore.losses + 1
    if losses < MAX_LOSSES:
        chores.put_back(session, chore, losses=losses)
        return chores.QUEUED
    error = failure("worker_lost", "its worker vanished each time", phase=None, attempt=chore.number)
    chores.fail(session, chore, error)
    KINDS[chore.kind].refuse(session, chore, error)
    return chores.FAILED
