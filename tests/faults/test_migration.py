"""Row 55 of the fault matrix: a migration is killed half-way, and run again."""

import signal
import subprocess
import sys

import pytest
from sqlalchemy import inspect

from core.store import migrate
from core.store.session import Database
from core.store.tables import Table

pytestmark = pytest.mark.slow

# Migrate, and die right before the nth statement that changes the tables.
KILLED = """
import os, signal, sys
from sqlalchemy import event
from core.store import migrate
from core.store.session import Database

database, left = Database(sys.argv[1]), int(sys.argv[2])

@event.listens_for(database.engine, "before_cursor_execute")
def die(connection, cursor, statement, *rest):
    global left
    left -= statement.strip().upper().startswith(("CREATE", "ALTER", "INSERT", "DROP", "UPDATE"))
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

migrate.upgrade(database)
"""


@pytest.mark.parametrize("nth", [1, 2, 7, 20])
def test_55_a_migration_killed_half_way_leaves_nothing_and_can_be_run_again(
    empty_database: Database, empty_database_url: str, nth: int
) -> None:
    command = [sys.executable, "-c", KILLED, empty_database_url, str(nth)]
    killed = subprocess.run(command, check=False)
    left = inspect(empty_database.engine).get_table_names()

    migrate.upgrade(empty_database)

    assert killed.returncode == -signal.SIGKILL
    assert left == []
    assert migrate.is_current(empty_database)
    assert set(Table.metadata.tables) <= set(inspect(empty_database.engine).get_table_names())
