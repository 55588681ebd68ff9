"""Migrations make the tables that the code expects, all or none, on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from core.errors import StoreUnavailable
from core.lifecycle import JobState
from core.store import migrate
from core.store.session import Database
from core.store.tables import Table
from tests.builders import a_finished_job, a_job, stored


@pytest.fixture
def database(empty_database: Database) -> Database:
    """Migrated, and of this test's own: it may be torn down."""
    migrate.upgrade(empty_database)
    return empty_database


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata))


def test_there_is_one_newest_revision() -> None:
    assert len(ScriptDirectory("migrations").get_heads()) == 1


def test_migrated_tables_are_those_of_the_code(database: Database) -> None:
    with database.reading() as session:
        assert differences(session.connection()) == []
    assert tables(database) == set(Table.metadata.tables)


def test_the_comparison_would_notice(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("ALTER TABLE jobs DROP COLUMN losses"))
        session.execute(text("DROP INDEX ix_jobs_claim"))

        assert len(differences(session.connection())) == 2


def test_every_foreign_key_deletes_with_its_job(database: Database) -> None:
    rules = {
        (table, key["referred_table"], key["options"].get("ondelete"))
        for table in tables(database)
        for key in inspect(database.engine).get_foreign_keys(table)
    }

    parts = (
        "artifacts", "attempts", "checkpoints", "events", "job_tags", "log_lines", "metric_rollups",
        "metrics",
    )  # fmt: skip
    assert rules == {(part, "jobs", "CASCADE") for part in parts}


def test_a_second_migration_changes_nothing(database: Database) -> None:
    job_id = a_job(database)

    migrate.upgrade(database)

    assert migrate.is_current(database)
    assert stored(database, job_id).id == job_id


def test_down_to_nothing_and_up_again(database: Database) -> None:
    migrate.downgrade(database, "base")
    assert tables(database) == set()
    assert not migrate.is_current(database)

    migrate.upgrade(database)
    assert migrate.is_current(database)
    with database.reading() as session:
        assert differences(session.connection()) == []


def revisions() -> list[str]:
    """Every revision, oldest first."""
    return [script.revision for script in ScriptDirectory("migrations").walk_revisions()][::-1]


@pytest.mark.parametrize("revision", revisions()[:-1])
def test_from_every_older_revision_up_with_a_job_in_it(empty_database: Database, revision: str) -> None:
    migrate.upgrade(empty_database)
    job_id = a_finished_job(empty_database, to=JobState.FAILED)
    migrate.downgrade(empty_database, revision)
    assert not migrate.is_current(empty_database)

    migrate.upgrade(empty_database)

    job = stored(empty_database, job_id)
    assert (job.state, job.drains, job.event_seq) == (JobState.FAILED, 0, 3)
    assert jobs_guard(empty_database, job_id)


@pytest.mark.parametrize("revision", revisions())
def test_the_guard_of_ended_jobs_survives_every_migration(empty_database: Database, revision: str) -> None:
    """A table that is made anew would forget its trigger."""
    migrate.upgrade(empty_database)
    job_id = a_finished_job(empty_database)

    migrate.downgrade(empty_database, revision)

    assert jobs_guard(empty_database, job_id)


def jobs_guard(database: Database, job_id: str) -> bool:
    """Whether the database itself keeps an ended job from rising."""
    try:
        with database.writing() as session:
            session.execute(text("UPDATE jobs SET state = 'running' WHERE id = :id"), {"id": job_id})
    except DBAPIError as error:
        return "an ended job stays ended" in str(error)
    return False


def test_an_empty_database_is_not_current(empty_database: Database) -> None:
    assert not migrate.is_current(empty_database)


def test_a_database_from_the_future_is_not_current(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    assert not migrate.is_current(database)


def test_a_migration_that_breaks_off_leaves_nothing(empty_database: Database) -> None:
    with empty_database.writing() as session:
        session.execute(text("CREATE TABLE metrics (in_the_way INTEGER)"))

    with pytest.raises(DBAPIError, match="metrics"):
        migrate.upgrade(empty_database)

    assert tables(empty_database) == {"metrics"}
    assert not migrate.is_current(empty_database)


def test_of_many_migrators_at_once_all_succeed(empty_database_url: str) -> None:
    def start() -> bool:
        database = Database(empty_database_url)
        migrate.upgrade(database)
        current = migrate.is_current(database)
        database.close()
        return current

    with ThreadPoolExecutor(4) as pool:
        assert all([done.result() for done in [pool.submit(start) for _ in range(4)]])


def test_a_database_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")

    with pytest.raises(StoreUnavailable):
        migrate.upgrade(database)
