"""The service, as a Python program sees it."""

from typing import Any, Self

from app.client.address import find
from app.client.jobs import Jobs
from app.client.keys import Keys
from app.client.queue import Queue, Worker
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
        self.keys = Keys(self._transport)

    def queue(self, limit: int = 100) -> Queue:
        """What waits, in the order in which it is taken, and what runs; of each at most so many."""
        return Queue.of(self._transport.get("/v1/queue", {"limit": limit}))

    def workers(self) -> list[Worker]:
        """Every worker: where it is, whether it is alive, and what it works on."""
        return [Worker.of(found) for found in self._transport.get("/v1/workers")["data"]]

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
