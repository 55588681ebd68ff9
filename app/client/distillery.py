"""The service, as a Python program sees it."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Self

from app.client.address import find
from app.client.comparison import Comparison, FeedEvent, Series
from app.client.datasets import Datasets
from app.client.deadline import Deadline
from app.client.feed import Feed
from app.client.jobs import Jobs
from app.client.keys import Keys
from app.client.models import Models
from app.client.queue import Queue, Worker
from app.client.stream import PATIENCE_SECONDS
from app.client.transport import Transport


class Distillery:
    """A connection to a service.

    url, key    default to DISTILLERY_URL and DISTILLERY_KEY, else to what `distillery up` left in its home

    Unreachable    no address is known, or it is none
    """

    def __init__(self, url: str | None = None, key: str | None = None) -> None:
        address = find(url, key)
        self.url = address.url
        self._transport = Transport(address)
        self.jobs = Jobs(self._transport)
        self.datasets = Datasets(self._transport)
        self.models = Models(self._transport)
        self.keys = Keys(self._transport)

    def queue(self, limit: int = 100) -> Queue:
        """What waits, in the order in which it is taken, and what runs; of each at most so many."""
        return Queue.of(self._transport.get("/v1/queue", {"limit": limit}))

    def workers(self) -> list[Worker]:
        """Every worker: where it is, whether it is alive, and what it works on."""
        return [Worker.of(found) for found in self._transport.get("/v1/workers")["data"]]

    def events(
        self, after: str | None = None, *, timeout: float | None = None, patience: float = PATIENCE_SECONDS
    ) -> Iterator[FeedEvent]:
        """Events of all jobs as they happen, from now on, or behind the `position` of an earlier one.

        TimedOut       after `timeout` seconds
        Unreachable    the service was silent for `patience` seconds
        """
        return iter(Feed(self._transport, after, Deadline(timeout), patience))

    def compare(self, *job_ids: str) -> Comparison:
        """2 to 10 jobs side by side: where their specs differ, and what was measured of each."""
        return Comparison.of(self._transport.get("/v1/compare", {"jobs": ",".join(job_ids)}))

    def series(
        self, jobs: Sequence[str], names: Sequence[str], *, x: Literal["step", "epoch", "seconds"] = "step",
        first: float | None = None, last: float | None = None, max_points: int = 500,
    ) -> list[Series]:  # fmt: skip
        """Curves of several jobs, by their ids: every name of the first job, then of the next.

        first, last    part of the curves, both ends included
        max_points     of each curve; a spike between them shows in its buckets

        InvalidSpec    `errors` says what is wrong: more than 50 curves are not answered at once
        """
        question = {
            "jobs": list(jobs), "names": list(names), "x": x, "from": first, "to": last,
            "max_points": max_points,
        }  # fmt: skip
        return [Series.of(found) for found in self._transport.post("/v1/metrics/query", question)["data"]]

    def catalog(self) -> dict[str, list[dict[str, Any]]]:
        """Methods, regularizers, architectures, data sets and exports that can be asked for."""
        found: dict[str, list[dict[str, Any]]] = self._transport.get("/v1/catalog")
        return found

    def job_schema(self) -> dict[str, Any]:
        """The JSON Schema of a job spec."""
        found: dict[str, Any] = self._transport.get("/v1/schemas/job")
        return found

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
