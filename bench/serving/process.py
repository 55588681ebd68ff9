"""Server processes of the benchmark."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60.0
# Requests are counted as ever, and none is refused: one caller asks for all.
UNHINDERED = {"DISTILLERY_RATE_PER_SECOND": "1e9", "DISTILLERY_RATE_BURST": "1000000000"}


@dataclass(frozen=True)
class Server:
    """A server on the loopback."""

    pid: int
    port: int

    def resident_megabytes(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)

    def cpu_seconds(self) -> float:
        """What it has computed so far, in all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def api(home: Path) -> Iterator[Server]:
    """One API process, as `distillery up` and the image start it."""
    with _served("app.serve", {"DISTILLERY_HOME": str(home), **UNHINDERED}) as server:
        yield server


@contextmanager
def empty() -> Iterator[Server]:
    """One process with the empty route."""
    with _served("bench.serving.empty", {}) as server:
        yield server


@contextmanager
def _served(module: str, environment: dict[str, str]) -> Iterator[Server]:
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DISTILLERY_")}
    command = [sys.executable, "-m", module, "--port", str(port)]
    process = subprocess.Popen(command, env=kept | environment, stderr=subprocess.DEVNULL)
    try:
        _wait_until_it_listens(port, process)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            raise RuntimeError("the server ended while it started")
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start within {START_SECONDS} s")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
