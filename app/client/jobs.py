"""The jobs of a service."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.client.job import Job, job_path
from app.client.results import JobInfo, JobRow, Validation
from app.client.transport import Transport

PAGE = 100


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
        self, *, state: str | Sequence[str] | None = None, q: str | None = None, page_size: int = PAGE
    ) -> Iterator[JobRow]:
        """Jobs, newest first, fetched page by page as they are asked for.

        state    only jobs in this state, or in one of these
        q        part of the name
        """
        params: dict[str, Any] = {"state": state, "q": q, "limit": page_size}
        while True:
            page = self._transport.get("/v1/jobs", params)
            yield from map(JobRow.of, page["data"])
            if not page["has_more"]:
                return
            params["cursor"] = page["next_cursor"]

    def _job(self, document: Any) -> Job:
        return Job(self._transport, JobInfo.of(document))
