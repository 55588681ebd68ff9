"""Files of the teacher cache: shared, never believed unless whole, and worth no run."""

import os
import shutil
import threading

import pytest
import torch

from core import faults
from worker.engine.cache.segments import Segments, Shelf
from worker.engine.exports import files

KEY, OTHER, THIRD = ("a" * 64, "b" * 64, "c" * 64)
CELLS, LOGITS = torch.tensor([4, 0, 9]), torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).half()
SIZE = (10, 2)


def segments(folder, key=KEY, most_bytes=10**6, warn=pytest.fail):
    return Segments(Shelf(folder, most_bytes), key, warn)


def the_file(folder):
    (path,) = (folder / KEY).iterdir()
    return path


def test_what_one_job_adds_another_reads_once(tmp_path):
    one, other = segments(tmp_path), segments(tmp_path)
    assert list(other.unread(*SIZE)) == []

    one.add(CELLS, LOGITS)

    ((cells, logits),) = other.unread(*SIZE)
    assert torch.equal(cells, CELLS)
    assert torch.equal(logits, LOGITS)
    assert list(other.unread(*SIZE)) == list(one.unread(*SIZE)) == []


def test_two_jobs_that_write_the_same_at_once_leave_one_file(tmp_path):
    writers = [segments(tmp_path) for _ in range(4)]
    threads = [threading.Thread(target=one.add, args=(CELLS, LOGITS)) for one in writers]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert the_file(tmp_path)
    assert len(list(segments(tmp_path).unread(*SIZE))) == 1


@pytest.mark.parametrize("harm", ["cut", "flipped", "foreign", "empty"])
def test_a_file_that_is_not_whole_is_told_and_not_believed(harm, tmp_path):
    segments(tmp_path).add(CELLS, LOGITS)
    path = the_file(tmp_path)
    whole = path.read_bytes()
    harmed = {"cut": whole[:-3], "flipped": whole[:-1] + b"!", "foreign": b"of somebody else", "empty": b""}
    path.write_bytes(harmed[harm])
    said = []

    assert list(segments(tmp_path, warn=said.append).unread(*SIZE)) == []

    assert "not what its name says" in said[0]
    segments(tmp_path).add(CELLS, LOGITS)  # who computes it again mends it
    assert len(list(segments(tmp_path).unread(*SIZE))) == 1


def test_a_whole_file_of_another_table_is_not_believed(tmp_path):
    segments(tmp_path).add(CELLS, LOGITS)
    said = []

    assert list(segments(tmp_path, warn=said.append).unread(9, 2)) == []
    assert list(segments(tmp_path, warn=said.append).unread(10, 3)) == []

    assert all("of another table" in message for message in said)
    assert len(said) == 2


def test_what_a_killed_writer_left_is_passed_over_and_one_day_removed(tmp_path):
    (tmp_path / KEY).mkdir()
    left = tmp_path / KEY / f".{KEY}.safetensors.x7"
    left.write_bytes(b"half")

    assert list(segments(tmp_path).unread(*SIZE)) == []
    assert left.exists()
    os.utime(left, (0, 0))
    assert list(segments(tmp_path).unread(*SIZE)) == []
    assert not left.exists()


@pytest.mark.parametrize("point", ["write", "rename"])
def test_a_full_disk_is_told_once_and_nothing_more_is_written(point, tmp_path):
    said = []
    full = segments(tmp_path, warn=said.append)
    faults.arm(f"cache.{point}:1:raise")
    try:
        full.add(CELLS, LOGITS)
        full.add(CELLS + 0, LOGITS)
    finally:
        faults.arm(None)

    assert len(said) == 1
    assert "not written any more" in said[0]
    assert list((tmp_path / KEY).iterdir()) == []


def test_a_table_that_would_fill_the_disk_is_not_written(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(files, "TIMES_ITS_SIZE", shutil.disk_usage(tmp_path).free)

    segments(tmp_path, warn=said.append).add(CELLS, LOGITS)

    assert len(said) == 1
    assert list((tmp_path / KEY).iterdir()) == []


def test_the_table_that_was_used_last_longest_ago_makes_room(tmp_path):
    for key, used in ((OTHER, 1), (THIRD, 2)):
        segments(tmp_path, key).add(CELLS, LOGITS)
        os.utime(tmp_path / key, (used, used))
    one = sum(path.stat().st_size for path in (tmp_path / OTHER).iterdir())
    list(segments(tmp_path, OTHER).unread(*SIZE))  # used again
    (tmp_path / "notes").mkdir()  # none of ours

    segments(tmp_path, most_bytes=2 * one).add(CELLS, LOGITS)

    assert {path.name for path in tmp_path.iterdir()} == {KEY, OTHER, "notes"}


def test_a_table_that_alone_is_too_large_stays_as_it_is(tmp_path):
    segments(tmp_path, most_bytes=10).add(CELLS, LOGITS)

    assert list(segments(tmp_path).unread(*SIZE)) == []
