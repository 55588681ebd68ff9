"""Every store test runs on both databases: SQLite in a folder, PostgreSQL on a server of its own."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

import worker.engine  # noqa: F401 - before torch is loaded by any test: it sets up OpenMP
from core.store import migrate
from core.store.session import Database
from tests import databases
from tests.databases import PostgreSQL

# A run that is told to end stops the servers that it started, as after Ctrl-C.
signal.signal(signal.SIGTERM, signal.default_int_handler)
# What a run in the background ignores, or one under nohup, its children would ignore, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Shapes are checked in all tests: every annotated tensor of the engine, in every call. Before it is imported.
install_import_hook("worker.engine", "beartype.beartype")

ENGINES = ("sqlite", "postgresql")

# The same examples every time: a finding belongs into a test of its own, not to the luck of a run.
settings.register_profile("distillery", derandomize=True, deadline=None, max_examples=60, print_blob=True)
settings.load_profile("distillery")


def pytest_configure(config: pytest.Config) -> None:
    """Of several processes, each has a folder with a short name: a socket's path has 107 bytes at most."""
    # What a test starts inherits the environment of such a process, and is none.
    if hasattr(config, "workerinput"):
        process = str(config.workerinput["workerid"])
        config.option.basetemp = str(Path(config.option.basetemp).with_name(process.removeprefix("gw")))


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_this_machine() -> None:
    """Tests see no service of whoever runs them."""
    for name in [name for name in os.environ if name.startswith("DISTILLERY_")]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def _no_number_is_flushed_to_zero_for_others() -> Iterator[None]:
    """The engine sets that up for its process, which here is the process of other tests, too."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with databases.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "migrated.sqlite"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()
    return path


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with all its tables and not a row; its tables must stay as they are."""
    # Fixtures are asked for by name, so that a run on SQLite alone starts no server.
    if request.param == "sqlite":
        opened = databases.sqlite(tmp_path, request.getfixturevalue("migrated_sqlite"))
    else:
        opened = request.getfixturevalue("postgresql").empty_tables()
    with opened as url:
        yield url


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own, with no table yet."""
    if request.param == "sqlite":
        opened = databases.sqlite(tmp_path)
    else:
        opened = request.getfixturevalue("postgresql").database(template="template0")
    with opened as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The store, on each engine."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def empty_database(empty_database_url: str) -> Iterator[Database]:
    """The store before its first migration, on each engine."""
    opened = Database(empty_database_url)
    yield opened
    opened.close()
