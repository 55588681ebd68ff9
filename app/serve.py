"""Run the API: `python -m app.serve --host 127.0.0.1 --port 8000`."""

import argparse
import gc
import ipaddress
import logging
import socket
import sys
from typing import Any

import uvicorn

from app.home import explained
from app.main import create_app
from core import faults
from core.errors import DistilleryError
from core.settings import Settings, read_or_exit
from core.store import keys, migrate
from core.store.session import Database

# The API does not say what it is made of, and gives open streams a while to end.
OPTIONS: dict[str, Any] = {
    "access_log": False, "server_header": False, "ws": "none", "lifespan": "on",
    "timeout_graceful_shutdown": 5,
}  # fmt: skip


def main() -> None:
    """Serve until a signal. With --fd, on a socket that already listens."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fd", type=int, help="a listening socket that was inherited")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = read_or_exit()
    faults.arm(settings.armed_fault)
    try:
        check(settings, chosen.host)
    except DistilleryError as failure:
        error = explained(failure, settings)
        sys.exit(f"{error.detail}\n{error.advice or ''}")
    listening = socket.socket(fileno=chosen.fd) if chosen.fd is not None else None
    ready = server(settings, host=chosen.host, port=chosen.port)
    # What is there now stays: to look through all of it again and again holds up a request now and then.
    gc.collect()
    gc.freeze()
    ready.run(sockets=[listening] if listening else None)


def server(settings: Settings, **place: Any) -> uvicorn.Server:
    """The API, ready to run."""
    return uvicorn.Server(uvicorn.Config(create_app(settings), **OPTIONS, **place))


def check(settings: Settings, host: str) -> None:
    """Refuse to start on tables of another version, or open to the network without any key.

    DistilleryError    with what to do about it
    """
    database = Database(settings.database)
    try:
        if not migrate.is_current(database):
            raise DistilleryError(
                "the tables are of another version", hint="Run `python -m core.store.migrate`."
            )
        with database.reading() as session:
            has_key = keys.count(session) > 0
    finally:
        database.close()
    if not has_key and not is_loopback(host):
        detail = f"refusing to listen on {host}: there is no API key"
        raise DistilleryError(detail, hint="Make one with `python -m app.local.prepare`.")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    main()
