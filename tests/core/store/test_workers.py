"""Which workers are alive."""

from datetime import timedelta

from sqlalchemy import update

from core import clock
from core.store import workers
from core.store.session import Database
from core.store.tables import Worker


def seen(database: Database, worker_id: str, gpus: int = 0) -> None:
    with database.writing() as session:
        workers.seen(session, worker_id, host="host", pid=1, gpus=gpus, slots=max(1, gpus))


def alive(database: Database) -> list[str]:
    with database.reading() as session:
        return [worker.id for worker in workers.alive(session)]


def silence(database: Database, worker_id: str) -> None:
    """As if nothing had been heard of it for a while."""
    with database.writing() as session:
        past = clock.now() - workers.SILENT_AFTER - timedelta(seconds=1)
        session.execute(update(Worker).where(Worker.id == worker_id).values(seen_at=past))


def most_gpus(database: Database) -> int | None:
    with database.reading() as session:
        return workers.most_gpus(session)


def test_a_worker_is_alive_as_long_as_it_says_so(database: Database) -> None:
    seen(database, "wrk_a")
    seen(database, "wrk_b")
    assert alive(database) == ["wrk_a", "wrk_b"]

    silence(database, "wrk_a")
    assert alive(database) == ["wrk_b"]

    seen(database, "wrk_a")
    assert alive(database) == ["wrk_a", "wrk_b"]


def test_a_worker_that_says_goodbye_is_gone(database: Database) -> None:
    seen(database, "wrk_a")

    with database.writing() as session:
        workers.gone(session, "wrk_a")

    assert alive(database) == []


def test_the_start_is_the_first_word_heard(database: Database) -> None:
    seen(database, "wrk_a")
    with database.reading() as session:
        started = workers.alive(session)[0].started_at

    seen(database, "wrk_a")

    with database.reading() as session:
        (worker,) = workers.alive(session)
    assert worker.started_at == started
    assert worker.seen_at > started


def test_the_best_equipped_worker_counts(database: Database) -> None:
    assert most_gpus(database) is None

    seen(database, "wrk_a", gpus=0)
    assert most_gpus(database) == 0

    seen(database, "wrk_b", gpus=4)
    assert most_gpus(database) == 4

    silence(database, "wrk_b")
    assert most_gpus(database) == 0
