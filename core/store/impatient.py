"""A connection to PostgreSQL that does not wait for ever for a server that says nothing.

The server's own limits (statement_timeout and the like) are of no use when it is frozen, or the network is
gone: each thread that asked it something would be held until it wakes.
"""

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

INTERVAL_SECONDS = 0.1

Answer = TypeVar("Answer")


class ImpatientConnection(psycopg.Connection[Any]):
    """Closed when the server is silent for too long: what it may still answer belongs to nobody.

    silence_seconds    a little more than the longest statement may take
    """

    silence_seconds = 17.0

    def wait(
        self, gen: PQGen[Answer], interval: float = INTERVAL_SECONDS, timeout: float | None = None
    ) -> Answer:
        try:
            return super().wait(gen, interval, self.silence_seconds if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer") from error
