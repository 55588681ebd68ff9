"""A supervisor beside a trainer that does not behave."""

import resource
from itertools import pairwise

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


@pytest.mark.parametrize("kept", [2**20, 0])
def test_trainers_of_one_home_share_what_teachers_have_answered(kept: int, odd: Bench) -> None:
    settings = odd.settings.model_copy(update={"cache_bytes": kept})
    attempt = claimed(odd.database, "telling")

    Bench(odd.database, odd.files, settings, odd.place).run(attempt)

    with odd.database.reading() as session:
        words = [line.text for line in logs.tail(session, attempt.job_id, 100)]
    given = dict(pairwise(words))
    if kept:
        assert given["--cache"] == str(settings.home / "teacher-cache")
        assert given["--cache-bytes"] == str(kept)
    else:
        assert "--cache" not in words
