"""Keep-alive connections that ask again as soon as they are answered, in raw bytes: they cost little."""

import asyncio
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from bench.serving.process import Server

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"


@dataclass
class Load:
    """What a number of connections saw in a while.

    busy    part of the time in which the caller itself computed; near 1 it was the caller that was slow
    cost    what the server computed, in seconds
    """

    status: int
    requests: Sequence[bytes]
    until: float = 0.0
    seconds: float = 0.0
    busy: float = 0.0
    cost: float = 0.0
    latencies: list[float] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def microseconds(self) -> float:
        """What one answer costs the server: it says more than the rate where others disturb."""
        return 1e6 * self.cost / len(self.latencies)

    def milliseconds(self, percent: int) -> float:
        """A percentile of the waiting times."""
        return 1000 * statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1]


def get(path: str, key: str = "", **headers: str) -> bytes:
    return request("GET", path, key, headers)


def request(method: str, path: str, key: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Authorization: Bearer {key}"] if key else []
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def load(
    server: Server, requests: Sequence[bytes], status: int, *, seconds: float, connections: int = 16
) -> Load:  # fmt: skip
    """Send the requests in turn, over and over; each must be answered with that status."""
    before = server.cpu_seconds()
    measured = asyncio.run(_load(server.port, Load(status, requests), seconds, connections))
    measured.cost = server.cpu_seconds() - before
    return measured


async def _load(port: int, measured: Load, seconds: float, connections: int) -> Load:
    loop = asyncio.get_running_loop()
    began, busy = time.perf_counter(), time.process_time()
    measured.until = began + seconds
    opened = [
        await loop.create_connection(lambda: _Connection(measured), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    measured.seconds = time.perf_counter() - began
    measured.busy = (time.process_time() - busy) / measured.seconds
    return measured


class _Connection(asyncio.Protocol):
    """One of them. The answer may come in pieces; none is chunked."""

    def __init__(self, measured: Load) -> None:
        self._measured = measured
        self._received = b""
        self._missing = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._received += data
            self._read_head()
        if not self._missing and not self._received:
            self._answered()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed by the server"))

    def _ask(self) -> None:
        requests = self._measured.requests
        self._began = time.perf_counter()
        self._transport.write(requests[next(self._measured.numbers) % len(requests)])

    def _read_head(self) -> None:
        end = self._received.find(HEAD_END)
        if end < 0:
            return
        head, status = self._received[:end], int(self._received[9:12])
        if status != self._measured.status:
            self.done.set_exception(AssertionError(self._received.decode(errors="replace")))
            return self._transport.abort()
        found = LENGTH.search(head)
        length = int(found[1]) if found and status != 304 else 0
        self._missing = length - (len(self._received) - end - len(HEAD_END))
        self._received = b""

    def _answered(self) -> None:
        now = time.perf_counter()
        self._measured.latencies.append(now - self._began)
        if now < self._measured.until:
            return self._ask()
        self.done.set_result(None)
        self._transport.close()
