"""How many queued jobs a second many processes claim, on each database.

python -m bench.claims [--jobs 1000] [--processes 20] [--out FILE]

Both databases write through to the disk before a claim counts. Each job must be claimed once.
"""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import text

from core.store import migrate
from core.store.session import Database
from tests import databases
from tests.faults.claiming import claim_all, submit

VERSION = {"sqlite": "SELECT sqlite_version()", "postgresql": "SHOW server_version"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    measured = []
    for opened in (sqlite, postgresql):
        with opened() as url:
            measured.append(measure(url, chosen.jobs, chosen.processes, chosen.repeats))
    result = {
        "measured": "claims a second, of all processes together",
        "cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version(),
        "sqlalchemy": sqlalchemy.__version__, "load_average_after": os.getloadavg()[0],
        "jobs": chosen.jobs, "processes": chosen.processes, "databases": measured,
    }  # fmt: skip
    written = json.dumps(result, indent=1)
    print(written)
    if chosen.out:
        chosen.out.write_text(written + "\n")


def measure(url: str, jobs: int, processes: int, repeats: int) -> dict[str, object]:
    """On a migrated database of one engine."""
    database = Database(url)
    migrate.upgrade(database)
    name = database.engine.dialect.name
    rates = [round(rate(database, url, jobs, processes), 1) for _ in range(repeats)]
    with database.reading() as session:
        version = session.scalar(text(VERSION[name]))
    database.close()
    return {"database": name, "version": version, "n": repeats, "claims_per_second": rates}


def rate(database: Database, url: str, jobs: int, processes: int) -> float:
    """Claims a second, once."""
    accepted = submit(database, jobs)
    claims = claim_all(url, processes)
    assert len(claims.job_ids) == jobs, "a job was claimed twice, or not at all"
    assert set(claims.job_ids) == accepted
    return jobs / claims.seconds


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, databases.sqlite(Path(folder)) as url:
        yield url


@contextmanager
def postgresql() -> Iterator[str]:
    """A server as it comes: the one of the tests need not survive a power cut."""
    with databases.postgresql() as server, server.database("template1") as url:
        server.run("ALTER SYSTEM RESET ALL")
        server.run("SELECT pg_reload_conf()")
        yield url


if __name__ == "__main__":
    main()
