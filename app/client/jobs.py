"""The jobs of a service."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from app.client.job import Job, job_path
from app.client.paging import paged
from app.client.results import JobInfo, JobRow, Validation
from app.client.transport import Transport

PAGE = 100
Sort = Literal["-created_at", "created_at", "-updated_at", "updated_at", "-priority", "priority"]


class Jobs:
    """Submit, find, list and check jobs."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, /, **spec: Any) -> Job:
        """Queue a job: `create(dataset="digits", optimization={"epochs": 5})`.

        InvalidSpec    `errors` says where and why
        """
        return self._job(self._transport.post("/v1/jobs", spec))

    def validate(self, spec: Mapping[str, Any]) -> Validation:
        """What is wrong with a spec, and what would be used; queues nothing."""
        return Validation.of(self._transport.post("/v1/jobs/validate", dict(spec)))

    def get(self, job_id: str) -> Job:
        """The job with this id; NotFound if there is none."""
        return self._job(self._transport.get(job_path(job_id)))

    def list(
        self, *, state: str | Sequence[str] | None = None, tag: str | Sequence[str] | None = None,
        q: str | None = None, created_after: datetime | None = None, created_before: datetime | None = None,
        sort: Sort = "-created_at", limit: int | None = None, page_size: int = PAGE,
    ) -> Iterator[JobRow]:  # fmt: skip
        """Jobs, newest first unless another order is asked for, fetched page by page as they are needed.

        state    only jobs in this state, or in one of these
        tag      only jobs with this tag, or with all of these
        q        part of the name
        created_after, created_before    moments with a time zone; one without counts as this machine's time
        sort     with - the largest first
        limit    how many at most; all, if it is left out
        """
        params = {
            "state": state, "tag": tag, "q": q, "created_after": _moment(created_after),
            "created_before": _moment(created_before), "sort": sort,
            "limit": page_size if limit is None else max(1, min(page_size, limit)),
        }  # fmt: skip
        return islice(map(JobRow.of, paged(self._transport, "/v1/jobs", params)), limit)

    def _job(self, document: Any) -> Job:
        return Job(self._transport, JobInfo.of(document))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone().isoformat()
