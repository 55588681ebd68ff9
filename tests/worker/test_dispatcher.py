"""The dispatcher with a real broker and real databases."""

import subprocess
import time

import redis

from core.lifecycle import JobState
from core.settings import Settings
from core.spec import JobSpec
from core.store import attempts, jobs
from core.store.attempts import Claimed
from core.store.session import Database
from worker.dispatcher import MOST_RINGS, Dispatcher
from worker.queue import Doorbell

LEASE_SECONDS = 0.3


def submitted(database: Database, count: int = 1) -> list[str]:
    with database.writing() as session:
        return [jobs.submit(session, JobSpec(), "me").id for _ in range(count)]


def claimed(database: Database) -> Claimed:
    submitted(database)
    with database.writing() as session:
        attempt = attempts.claim(session, "worker", "host", gpus=0)
    assert attempt is not None
    return attempt


def state_of(database: Database, job_id: str) -> str:
    with database.reading() as session:
        return jobs.get(session, job_id, None).state


def test_one_ring_for_each_queued_job_and_no_more(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    bell = Doorbell(settings)
    dispatcher = Dispatcher(database, bell, LEASE_SECONDS)
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

    Dispatcher(database, bell, LEASE_SECONDS).turn()

    assert bell.unheard() == MOST_RINGS
    bell.close()


def test_a_lost_message_is_rung_again(
    database: Database, settings: Settings, running_broker: subprocess.Popen[bytes]
) -> None:
    bell = Doorbell(settings)
    dispatcher = Dispatcher(database, bell, LEASE_SECONDS)
    submitted(database)
    dispatcher.turn()

    with redis.Redis(unix_socket_path=str(settings.broker_socket)) as broker:
        broker.flushall()
    dispatcher.turn()

    assert bell.unheard() == 1
    bell.close()


def test_without_a_broker_jobs_wait_and_dead_leases_are_still_taken_back(
    database: Database, settings: Settings
) -> None:
    dispatcher = Dispatcher(database, Doorbell(settings), LEASE_SECONDS)
    attempt = claimed(database)
    submitted(database)

    dispatcher.turn()
    time.sleep(LEASE_SECONDS + 0.1)
    dispatcher.turn()

    assert state_of(database, attempt.job_id) == JobState.QUEUED


def test_a_job_that_shows_life_is_left_alone(database: Database, settings: Settings) -> None:
    dispatcher = Dispatcher(database, Doorbell(settings), LEASE_SECONDS)
    attempt = claimed(database)

    for _ in range(6):
        dispatcher.turn()
        with database.writing() as session:
            attempts.beat(session, attempt)
        time.sleep(LEASE_SECONDS / 3)

    assert state_of(database, attempt.job_id) == JobState.RUNNING


def test_a_job_to_be_cancelled_is_not_repeated_when_its_worker_is_lost(
    database: Database, settings: Settings
) -> None:
    dispatcher = Dispatcher(database, Doorbell(settings), LEASE_SECONDS)
    attempt = claimed(database)
    with database.writing() as session:
        jobs.cancel(session, jobs.get(session, attempt.job_id, None))

    dispatcher.turn()
    time.sleep(LEASE_SECONDS + 0.1)
    dispatcher.turn()

    assert state_of(database, attempt.job_id) == JobState.CANCELLED
