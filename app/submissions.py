"""Submissions that wait for the database together are written together: as durable, at one sync for all."""

from collections.abc import Collection
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from app.callers import Caller
from app.dependencies import written
from app.idempotency import KEPT_HEADERS, begin
from app.job_checks import sound
from app.job_views import job_view
from app.together import Together
from app.weights import completed
from core.errors import DiskFull, StoreUnavailable
from core.settings import Settings
from core.spec import JobSpec
from core.store import jobs
from core.store.session import Database, Session, apart

# In one transaction: others wait for it, and so does who came first for who came last.
MOST = 32


@dataclass(frozen=True, eq=False)
class Submission:
    """What one caller asks for. Two that say the same are two."""

    spec: JobSpec
    who: Caller
    request: Request
    idempotency_key: str | None


Outcome = Response | Exception


class Submissions:
    """Writes what waits, in a thread of its own; nobody is answered before it is committed."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._together = Together("submissions", self._write, MOST)

    async def submit(self, asked: Submission) -> Response:
        """The answer to a submission; raises what stands in its way."""
        outcome = await self._together.get(asked)
        if isinstance(outcome, Response):
            return outcome
        assert outcome is not None, "each is answered"
        raise outcome

    def close(self) -> None:
        self._together.close()

    def _write(self, asked: Collection[Submission]) -> dict[Submission, Outcome]:
        # By their keys: two processes that get the same keys in another order would wait for each other.
        ordered = sorted(asked, key=lambda each: (each.who.owner, each.idempotency_key or ""))
        with written(self._settings, self._database) as session:
            return {each: _outcome(session, each) for each in ordered}


def _outcome(session: Session, asked: Submission) -> Outcome:
    """The answer, or what went wrong with this one alone. Where the database fails, it fails for all."""
    try:
        with apart(session):
            return _submitted(session, asked)
    except (StoreUnavailable, DiskFull):
        raise
    except Exception as error:
        return error


def _submitted(session: Session, asked: Submission) -> Response:
    described = Response()
    once = begin(asked.request, session, asked.who, asked.idempotency_key)
    spec = completed(session, asked.spec, asked.who)
    job = jobs.submit(session, spec, asked.who.owner, sound(session, spec, asked.who))
    described.headers["Location"] = f"/v1/jobs/{job.id}"
    view = once.keep(job_view(session, job, described), described, 201)
    kept = {name: described.headers[name] for name in KEPT_HEADERS}
    return Response(view.model_dump_json(), 201, kept, "application/json")
