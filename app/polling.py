"""What a poll reads: one transaction for all who poll at the moment, and a wait that costs nothing."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from app import home
from app.callers import Caller
from app.conditional import is_known
from app.event_reader import EventReader
from app.job_views import etag
from app.job_words import JobWords
from app.kept import Kept
from app.together import Together
from core import ids
from core.errors import NotFound
from core.lifecycle import FINISHED
from core.settings import Settings
from core.store import polled
from core.store.polled import Moment, Version
from core.store.session import Database
from core.store.tables import Event


@dataclass(frozen=True)
class Shown:
    """A job as JSON, whose it is, and which version."""

    owner: str
    etag: str
    text: str


class Polling:
    """Reads jobs for those who poll. `sees` is the owner whose jobs are shown; None sees all."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._versions = Together("versions", self._read_versions)
        self._jobs = Together("jobs", self._read_jobs)
        self._words = Kept(JobWords.of)

    async def version(self, job_id: str, sees: str | None) -> Version:
        """Of a job; NotFound where there is none, or it is another owner's."""
        found = await self._versions.get(job_id) if ids.is_id("job", job_id) else None
        if found is None or (sees is not None and found.owner != sees):
            raise _unknown(job_id)
        return found

    async def job(self, job_id: str, sees: str | None) -> Shown:
        """A job, whole; NotFound where there is none, or it is another owner's."""
        found = await self._jobs.get(job_id) if ids.is_id("job", job_id) else None
        if found is None or (sees is not None and found.owner != sees):
            raise _unknown(job_id)
        return found

    def close(self) -> None:
        self._versions.close()
        self._jobs.close()

    def _read_versions(self, job_ids: Collection[str]) -> dict[str, Version]:
        home.check(self._settings)
        with self._database.reading() as session:
            return polled.versions(session, job_ids)

    def _read_jobs(self, job_ids: Collection[str]) -> dict[str, Shown]:
        home.check(self._settings)
        with self._database.reading() as session:
            found = polled.moments(session, job_ids, self._words.job)
        return {job_id: self._shown(moment) for job_id, moment in found.items()}

    def _shown(self, moment: Moment) -> Shown:
        job = moment.job
        return Shown(job.owner, etag(job), self._words.words(job).at(moment))


async def news(
    reader: EventReader, job_id: str, seq: int, seconds: float, is_gone: Callable[[], Awaitable[bool]]
) -> None:
    """Return when the job has an event after number `seq`, the time is over, or nobody listens any more."""
    following = cast(AsyncGenerator[Event | None, None], reader.follow(job_id, seq))
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), aclosing(following) as events:
            async for event in events:
                if event is not None or await is_gone():
                    return


async def answer(request: Request, job_id: str, who: Caller, wait: float) -> Response:
    """The job as it is, or as soon as it has changed: 304 where the caller knows it already."""
    polling: Polling = request.app.state.polling
    if wait or "if-none-match" in request.headers:
        version = await polling.version(job_id, who.sees)
        if wait and _is_waited_for(request, version):
            reader = request.app.state.event_reader
            await news(reader, job_id, version.event_seq, wait, request.is_disconnected)
            version = await polling.version(job_id, who.sees)
        if is_known(request, etag(version)):
            return Response(status_code=304, headers={"ETag": etag(version)})
    shown = await polling.job(job_id, who.sees)
    return Response(shown.text, headers={"ETag": shown.etag}, media_type="application/json")


def _is_waited_for(request: Request, version: Version) -> bool:
    if version.state in FINISHED:
        return False
    return "if-none-match" not in request.headers or is_known(request, etag(version))


def _unknown(job_id: str) -> NotFound:
    return NotFound(f"no job {job_id[:60]!r}")
