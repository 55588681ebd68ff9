"""Chores: claimed once, fenced, given back, ended."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core import clock
from core.errors import LeaseLost
from core.files import Blob
from core.store import chores, datasets, models
from core.store.chores import ClaimedChore
from core.store.library import Chore
from core.store.models import Told
from core.store.session import Database, Session


def added(database: Database, subject: str = "ds_a") -> str:
    with database.writing() as session:
        return chores.add(session, "pack_dataset", subject).id


def claimed(database: Database) -> ClaimedChore | None:
    with database.writing() as session:
        return chores.claim(session, "process")


def a_claim(database: Database) -> ClaimedChore:
    added(database)
    found = claimed(database)
    assert found is not None
    return found


def state(database: Database, chore_id: str) -> str:
    with database.reading() as session:
        found = session.get(Chore, chore_id)
        assert found is not None
        return found.state


def queued(database: Database) -> int:
    with database.reading() as session:
        return chores.queued(session)


def test_the_oldest_is_claimed_first_and_each_once(database: Database) -> None:
    ids = [added(database), added(database)]

    found = [claimed(database) for _ in range(3)]

    assert [chore.id if chore else None for chore in found] == [*ids, None]
    assert queued(database) == 0


def test_one_owner_s_many_do_not_hold_up_another_s_one(database: Database) -> None:
    with database.writing() as session:
        mine = [brought(session, "me", n) for n in range(3)]
        models.add_upload(session, "you", "net", Blob("f" * 64, 1), Told(None, None, None, None))
        mine.append(brought(session, "me", 3))

    found = [claimed(database) for _ in range(5)]

    subjects = [chore.subject for chore in found if chore]
    assert subjects[0] == mine[0]
    assert subjects[1].startswith("model_")
    assert subjects[2:] == mine[1:]


def brought(session: Session, owner: str, number: int) -> str:
    """The id of a data set that waits to be packed."""
    blob = Blob(f"{number}" * 64, 1)
    return datasets.add_upload(session, owner, "pets", blob, datasets.Wanted()).id


def test_what_is_done_is_done_once(database: Database) -> None:
    chore = a_claim(database)
    with database.writing() as session:
        chores.finish(session, chore)

    with pytest.raises(LeaseLost), database.writing() as session:
        chores.finish(session, chore)

    assert state(database, chore.id) == chores.DONE


@pytest.mark.parametrize("write", [chores.beat, chores.finish, chores.put_back])
def test_an_older_attempt_writes_nothing(database: Database, write: object) -> None:
    old = a_claim(database)
    with database.writing() as session:
        chores.put_back(session, old, losses=1)
    new = claimed(database)

    with pytest.raises(LeaseLost), database.writing() as session:
        write(session, old)  # type: ignore[operator]

    assert new is not None
    assert (new.id, new.number, new.losses) == (old.id, 2, 1)
    assert state(database, old.id) == chores.RUNNING


def test_one_that_waits_is_not_claimed_yet(database: Database) -> None:
    chore = a_claim(database)
    with database.writing() as session:
        chores.put_back(session, chore, 60.0, failures=1)
    before = claimed(database)

    with database.writing() as session:
        session.execute(update(Chore).values(not_before=clock.now() - timedelta(seconds=1)))
    after = claimed(database)

    assert before is None
    assert after is not None
    assert after.failures == 1


def test_a_silent_one_is_taken_back_and_a_beating_one_is_not(database: Database) -> None:
    chore = a_claim(database)
    with database.writing() as session:
        chores.beat(session, chore)

    with database.writing() as session:
        moved = chores.take_back(session, chore.id, chore.number, heartbeat=0)
        silent = chores.take_back(session, chore.id, chore.number, heartbeat=1)

    assert moved is None
    assert silent == chore


def test_the_reaper_sees_what_runs(database: Database) -> None:
    chore = a_claim(database)
    added(database)

    with database.reading() as session:
        (found,) = chores.running(session)

    assert (found.job_id, found.attempt, found.heartbeat, found.owner) == (chore.id, 1, 0, "process")


def test_a_chore_whose_subject_is_gone_is_given_up(database: Database) -> None:
    chore = a_claim(database)
    with database.writing() as session:
        chores.drop(session, "ds_a")

    with pytest.raises(LeaseLost), database.writing() as session:
        chores.beat(session, chore)


def test_old_ones_are_forgotten_and_waiting_ones_are_not(database: Database) -> None:
    chore = a_claim(database)
    with database.writing() as session:
        chores.finish(session, chore)
    waiting = added(database)

    with database.writing() as session:
        session.execute(update(Chore).values(updated_at=clock.now() - timedelta(days=2)))
        chores.forget_old(session, timedelta(days=1))

    with database.reading() as session:
        assert session.get(Chore, chore.id) is None
        assert session.get(Chore, waiting) is not None
