"""The dispatcher with a real broker and real databases."""

import subprocess
import sys

import pytest
import redis

from core.errors import StoreUnavailable
from core.lifecycle import JobState
from core.settings import Settings
from core.spec import JobSpec
from core.store import jobs, leaders, workers
from core.store.session import Database
from tests.polling import eventually
from worker.dispatcher import MOST_RINGS, make
from worker.leadership import NAME
from worker.queue import Doorbell
from worker.sweeper import Sweeper


def submitted(database: Database, count: int = 1, gpus: int | None = None) -> list[str]:
    spec = JobSpec() if gpus is None else JobSpec.model_validate({"resources": {"gpus": gpus}})
    with database.writing() as session:
        return [jobs.submit(session, spec, "me").id for _ in range(count)]


def a_worker(database: Database, gpus: int) -> None:
    with database.writing() as session:
        workers.seen(session, f"wrk_{gpus}", host="host", pid=1, gpus=gpus, slots=1)


def test_one_ring_for_each_queued_job_and_no_more(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    bell = Doorbell(settings)
    dispatcher = make(settings, database, bell)
    submitted(database, 3)

    for _ in range(4):
        dispatcher.turn()

    assert bell.unheard() == 3
    bell.close()


def test_a_thousand_jobs_do_not_flood_the_broker(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    bell = Doorbell(settings)
    submitted(database, MOST_RINGS + 20)

    make(settings, database, bell).turn()

    assert bell.unheard() == MOST_RINGS
    bell.close()


def test_a_lost_message_is_rung_again(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    bell = Doorbell(settings)
    dispatcher = make(settings, database, bell)
    submitted(database)
    dispatcher.turn()

    with redis.Redis(unix_socket_path=str(settings.broker_socket)) as broker:
        broker.flushall()
    dispatcher.turn()

    assert bell.unheard() == 1
    bell.close()


def test_of_two_dispatchers_one_rings(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    bell = Doorbell(settings)
    first, second = make(settings, database, bell), make(settings, database, bell)
    first.turn()
    submitted(database, 1)

    second.turn()

    assert bell.unheard() == 0
    first.turn()
    assert bell.unheard() == 1
    bell.close()


def test_the_second_dispatcher_leads_at_once_when_the_first_says_goodbye(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    bell = Doorbell(settings)
    first, second = make(settings, database, bell), make(settings, database, bell)
    first.turn()
    submitted(database, 1)

    first.close()
    second.turn()

    assert bell.unheard() == 1
    bell.close()


def test_the_second_dispatcher_leads_when_the_first_falls_silent(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    bell = Doorbell(settings)
    first, second = make(settings, database, bell), make(settings, database, bell)
    first.turn()
    second.turn()
    submitted(database, 1)

    eventually(lambda: second.turn() or bell.unheard(), 10)
    first.turn()

    assert bell.unheard() == 1
    bell.close()


def test_without_a_broker_jobs_wait_and_the_dispatcher_goes_on(
    database: Database, settings: Settings
) -> None:
    dispatcher = make(settings, database, Doorbell(settings))
    (job_id,) = submitted(database)

    dispatcher.turn()
    dispatcher.turn()

    with database.reading() as session:
        assert jobs.get(session, job_id, None).state == JobState.QUEUED


def test_nobody_waits_for_a_leader_that_was_killed(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    say = "from worker.vital import new_name; print(new_name())"
    dead = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True)
    with database.writing() as session:
        assert leaders.take(session, NAME, dead.stdout.strip(), None)
    bell = Doorbell(settings)
    submitted(database)

    make(settings, database, bell).turn()

    assert bell.unheard() == 1
    bell.close()


def test_nobody_rings_for_a_gpu_where_there_is_none(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    bell = Doorbell(settings)
    dispatcher = make(settings, database, bell)
    submitted(database, 20, gpus=1)
    submitted(database, 2)
    a_worker(database, gpus=0)

    dispatcher.turn()
    without = bell.unheard()
    a_worker(database, gpus=1)
    dispatcher.turn()

    assert without == 2
    assert bell.unheard() == 22
    bell.close()


def test_a_sweep_that_fails_keeps_no_job_waiting(
    database: Database,
    settings: Settings,
    running_broker: subprocess.Popen[bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (settings.files / "staging" / "a folder").mkdir(parents=True)
    settings.work.symlink_to(settings.work.name)
    bell = Doorbell(settings)
    dispatcher = make(settings, database, bell)
    dispatcher.turn()
    submitted(database)

    dispatcher.turn()

    assert "symbolic links" in caplog.text
    assert bell.unheard() == 1
    bell.close()


@pytest.mark.parametrize("error", [OSError(5, "no such disk"), StoreUnavailable(), ValueError("a defect")])
def test_whatever_a_sweep_ends_with_is_told_and_no_error_of_the_turn(
    database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def fail(self: Sweeper) -> None:
        raise error

    monkeypatch.setattr(Sweeper, "turn", fail)

    make(settings, database, Doorbell(settings)).turn()

    assert "the sweep broke off" in caplog.text
