"""Whoever waits for a turn gets it in order, or not at all."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from core.errors import StoreUnavailable
from core.store.session import Database
from core.store.turns import Turns
from tests.polling import eventually

INSERT = text(
    "INSERT INTO packs (source, variant, digest, bytes, created_at) "
    "VALUES (:name, '', 'd', 1, '2026-01-01 00:00:00')"
)


def test_turns_come_in_order() -> None:
    turns, served = Turns(), []
    assert turns.take(0)

    def work(number: int) -> None:
        assert turns.take(10)
        served.append(number)
        turns.give_back()

    threads = []
    for number in range(20):
        threads.append(Thread(target=work, args=(number,)))
        threads[-1].start()
        eventually(lambda count=number + 1: len(turns._waiting) == count, 10)
    turns.give_back()
    for thread in threads:
        thread.join()

    assert served == list(range(20))


def test_who_gives_up_does_not_keep_the_next_one_waiting() -> None:
    turns = Turns()
    assert turns.take(0)

    assert not turns.take(0.01)
    turns.give_back()

    assert turns.take(0)


def test_a_turn_that_comes_while_one_gives_up_is_not_lost() -> None:
    turns, inside = Turns(), []

    def work(_number: int) -> int:
        if not turns.take(0.001):
            return 0
        inside.append(1)
        assert len(inside) == 1
        inside.pop()
        turns.give_back()
        return 1

    with ThreadPoolExecutor(16) as pool:
        served = sum(pool.map(work, range(4000)))

    assert served > 0
    assert turns.take(0)


def test_a_file_that_another_program_holds_is_waited_for_once(migrated_sqlite: Path, tmp_path: Path) -> None:
    """Ten writers that waited one after the other would take ten seconds."""
    path = tmp_path / "held.sqlite"
    path.write_bytes(migrated_sqlite.read_bytes())
    database, other = Database(f"sqlite:///{path}", patience_seconds=1.0), Database(f"sqlite:///{path}")

    def write(number: int) -> None:
        with pytest.raises(StoreUnavailable), database.writing() as session:
            session.execute(INSERT, {"name": str(number)})

    with other.writing() as session, ThreadPoolExecutor(10) as pool:
        session.execute(INSERT, {"name": "first"})
        began = time.monotonic()
        list(pool.map(write, range(10)))
        took = time.monotonic() - began

    assert took < 5
    with database.writing() as session:
        session.execute(INSERT, {"name": "after all"})
    database.close()
    other.close()


def test_of_many_writers_of_a_process_none_starves(migrated_sqlite: Path, tmp_path: Path) -> None:
    """All of them together take three seconds, and none is patient for more than two."""
    path = tmp_path / "crowded.sqlite"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}", patience_seconds=2.0)

    def write(number: int) -> None:
        for turn in range(10):
            with database.writing() as session:
                session.execute(INSERT, {"name": f"{number} {turn}"})
                time.sleep(0.01)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(write, range(30)))

    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM packs")) == 300
    database.close()
