import errno
import os
import shutil
import stat

import pytest

from worker.engine.exports.files import json_bytes, reserve, write


def test_what_is_written_is_there(tmp_path):
    path = write(tmp_path / "file", b"content")

    assert path.read_bytes() == b"content"


def test_others_may_read_it(tmp_path):
    assert stat.S_IMODE(write(tmp_path / "file", b"").stat().st_mode) == 0o644


def test_an_older_file_is_replaced(tmp_path):
    write(tmp_path / "file", b"old")

    write(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_full_disk_leaves_the_older_file_and_nothing_else(tmp_path, monkeypatch):
    write(tmp_path / "file", b"old")

    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_json_knows_no_infinity():
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"loss": float("inf")})


def test_there_must_be_room_for_a_file_three_times(tmp_path):
    free = shutil.disk_usage(tmp_path).free

    reserve(tmp_path, free // 10)
    with pytest.raises(OSError, match="bytes are free"):
        reserve(tmp_path, free // 2)
