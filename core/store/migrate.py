"""Bring a database to the newest tables, and tell whether it is there."""

from collections.abc import Callable
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core.settings import Settings
from core.store import order
from core.store.session import Database

_LOCK = 0x64_6B_6D_69  # one migrator at a time; the number only has to be ours


def upgrade(database: Database, revision: str = "head") -> None:
    """Run every migration up to `revision`, all or none."""
    _run(database, command.upgrade, revision)
    if is_current(database):
        with database.writing() as session:
            order.go_on(session)


def downgrade(database: Database, revision: str) -> None:
    """Undo every migration after `revision`, all or none."""
    _run(database, command.downgrade, revision)


def is_current(database: Database) -> bool:
    """Whether the tables are those that this code was written for."""
    with database.reading() as session:
        found = MigrationContext.configure(session.connection()).get_current_heads()
    return set(found) == set(ScriptDirectory.from_config(_config()).get_heads())


def _run(database: Database, action: Callable[[Config, str], None], revision: str) -> None:
    with database.writing() as session:
        connection = session.connection()
        _lock(connection)
        config = _config()
        config.attributes["connection"] = connection
        action(config, revision)


def _lock(connection: Connection) -> None:
    """SQLite is locked by the transaction itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    return config


def main() -> None:
    """Migrate the database that the environment names."""
    database = Database(Settings().database)
    upgrade(database)
    database.close()


if __name__ == "__main__":
    main()
