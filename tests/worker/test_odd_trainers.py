"""A supervisor beside a trainer that does not behave."""

import resource

import pytest

from core.store import logs
from tests.worker.odd_trainer import MUTE_SECONDS
from tests.worker.supervising import Bench, claimed


@pytest.fixture
def odd(bench: Bench) -> Bench:
    settings = bench.settings.model_copy(update={"trainer": "tests.worker.odd_trainer"})
    return Bench(bench.database, bench.files, settings, bench.place)


def test_a_trainer_that_closes_its_pipe_is_waited_for_without_a_busy_loop(odd: Bench) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime

    outcome = odd.run(claimed(odd.database, "mute"))

    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    assert outcome.error is not None
    assert outcome.error["code"] == "trainer_died"
    assert used < MUTE_SECONDS / 2


def test_the_last_words_of_a_trainer_are_kept_however_long_the_line_before(odd: Bench) -> None:
    attempt = claimed(odd.database, "chatty")

    odd.run(attempt)

    with odd.database.reading() as session:
        lines = [line.text for line in logs.tail(session, attempt.job_id, 100)]
    assert lines[0] == "first"
    assert lines[-1] == "last words"
