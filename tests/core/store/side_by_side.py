"""Several at the same job at once, and what its events say of it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from core.store import events
from core.store.session import Database, Session


def at_once(*actions: Callable[[], Any]) -> list[Future[Any]]:
    """Run them side by side, to the end."""
    with ThreadPoolExecutor(len(actions)) as pool:
        return [pool.submit(action) for action in actions]


def events_of(database: Database, job_id: str) -> list[tuple[int, Any]]:
    with database.reading() as session:
        found = events.after(session, job_id, 0)
        return [(event.seq, event.data.get("state") or event.data.get("wish")) for event in found]


def meanwhile(session: Session, action: Callable[[], Any]) -> Any:
    """What comes of an action that starts while the session's transaction is open, and outlasts it."""
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(action)
        with suppress(TimeoutError):
            started.result(0.2)
        session.commit()
        return started.result()
