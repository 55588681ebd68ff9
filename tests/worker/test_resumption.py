"""What a job goes on from: checkpoints taken, damaged, and laid ready again."""

import shutil

import pytest

from core.errors import CheckpointUnreadable, FilesUnavailable
from core.lifecycle import Action
from core.store import checkpoints, events
from core.store.attempts import Claimed
from tests.polling import eventually
from tests.stand_in_trainer import CHECKPOINT_EVERY, STEPS, student_after
from tests.worker.supervising import Bench, claimed, in_background, trainers
from worker.outcome import Outcome
from worker.resumption import lay_ready


def student(outcome: Outcome) -> str:
    return next(f.path for f in outcome.files if f.name == "student.safetensors").read_text()


def test_a_paused_job_goes_on_from_its_checkpoint_as_if_nothing_had_been(bench: Bench) -> None:
    attempt = claimed(bench.database, "plain")
    thread, ends = in_background(bench, attempt)
    eventually(lambda: trainers(bench.place.folder))

    bench.act(attempt, Action.PAUSE)
    thread.join()
    bench.act(attempt, Action.RESUME)
    outcome = bench.run(bench.give_back(attempt))

    assert [getattr(end, "kind", end) for end in ends] == ["suspended"]
    assert student(outcome) == student_after(STEPS)


def test_what_crashed_goes_on_from_its_last_checkpoint(bench: Bench) -> None:
    attempt = claimed(bench.database, "crash once")
    crashed = bench.run(attempt)
    with bench.database.reading() as session:
        kept = [c.sequence for c in checkpoints.newest(session, attempt.job_id, "training")]

    outcome = bench.run(bench.give_back(attempt))

    assert crashed.kind == "failed"
    assert kept == [2 * CHECKPOINT_EVERY, CHECKPOINT_EVERY]
    assert student(outcome) == student_after(STEPS)


def test_a_damaged_checkpoint_is_told_of_and_the_one_before_is_taken(bench: Bench) -> None:
    attempt = claimed(bench.database, "crash once")
    bench.run(attempt)
    damage(bench, attempt, newest_only=True)

    outcome = bench.run(bench.give_back(attempt))

    assert student(outcome) == student_after(STEPS)
    with bench.database.reading() as session:
        told = [e.data for e in events.after(session, attempt.job_id, 0) if e.kind == "checkpoint_damaged"]
    assert [data["sequence"] for data in told] == [2 * CHECKPOINT_EVERY]


def test_with_every_checkpoint_damaged_the_job_does_not_start_anew_in_silence(bench: Bench) -> None:
    attempt = claimed(bench.database, "crash once")
    bench.run(attempt)
    damage(bench, attempt, newest_only=False)

    with pytest.raises(CheckpointUnreadable):
        bench.run(bench.give_back(attempt))


def test_checkpoints_that_can_t_be_read_now_are_not_given_up(bench: Bench) -> None:
    attempt = claimed(bench.database, "crash once")
    bench.run(attempt)
    shutil.rmtree(bench.place.folder)  # nowhere to put them

    with pytest.raises(FilesUnavailable):
        lay_ready(bench.database, bench.files, bench.give_back(attempt), bench.place.folder)


def damage(bench: Bench, attempt: Claimed, *, newest_only: bool) -> None:
    with bench.database.reading() as session:
        found = checkpoints.newest(session, attempt.job_id, "training")
    for checkpoint in found[:1] if newest_only else found:
        bench.files.path(checkpoint.digest).write_bytes(b"bit rot")


def test_a_drain_makes_the_trainer_write_a_checkpoint_and_leaves_no_process(bench: Bench) -> None:
    attempt = claimed(bench.database, "plain")
    thread, ends = in_background(bench, attempt)
    eventually(lambda: trainers(bench.place.folder))

    bench.place.holding.drain.touch()
    thread.join()

    assert [getattr(end, "kind", end) for end in ends] == ["suspended"]
    assert trainers(bench.place.folder) == []
    with bench.database.reading() as session:
        assert checkpoints.newest(session, attempt.job_id, "training")
