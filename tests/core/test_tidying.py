"""Old blobs, and what was left half-way, go one by one, whatever lies beside them."""

import threading
from pathlib import Path

import pytest

from core.files import FileStore
from tests.core.aging import DIGEST, an_hour_ago, old, old_file, put_long_ago, staged

ROUNDS = 300


def test_what_was_left_in_between_goes_once_it_is_old(store: FileStore, source: Path) -> None:
    store.put(source)
    staging = store.root / "staging"
    young, forgotten = staging / "young.partial", old_file(staging / "tmp1.partial")
    young.write_bytes(b"x")
    half_removed = staging / f"{DIGEST}.abc"
    half_removed.mkdir()
    old_file(half_removed / DIGEST)
    old(half_removed)

    store.remove_staged(an_hour_ago())

    assert not forgotten.exists()
    assert staged(store) == ["young.partial"]


def test_a_folder_in_staging_is_left_alone_and_keeps_nothing_else(
    store: FileStore, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.put(source)
    staging = store.root / "staging"
    (staging / "a").mkdir()
    old(staging / "a")
    old_file(staging / "z.partial")

    store.remove_staged(an_hour_ago())

    assert staged(store) == ["a"]
    assert "no file" in caplog.text


def test_a_folder_where_a_blob_should_be_is_left_alone(
    store: FileStore, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put_long_ago(store, source)
    folder = store.root / DIGEST[:2] / (DIGEST[:2] + "0" * 62)
    folder.mkdir()
    old(folder)

    assert list(store.older_than(an_hour_ago())) == [DIGEST]
    assert not store.remove(folder.name, an_hour_ago())

    assert folder.is_dir()
    assert "no file" in caplog.text
    assert staged(store) == []


def test_a_folder_that_can_not_be_read_keeps_nobody(
    store: FileStore, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A link to itself: whoever follows it gets an error, also one who may do everything."""
    put_long_ago(store, source)
    (store.root / "00").symlink_to("00")

    assert list(store.older_than(an_hour_ago())) == [DIGEST]

    assert "symbolic links" in caplog.text


def test_what_vanishes_meanwhile_is_nothing_to_tell(
    store: FileStore, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = put_long_ago(store, source)
    found = store.older_than(an_hour_ago())
    place.unlink()

    assert list(found) == []
    assert not store.remove(DIGEST, an_hour_ago())
    assert caplog.records == []


def test_beside_a_busy_folder_a_sweep_comes_to_its_end(store: FileStore, source: Path) -> None:
    ended = threading.Event()

    def be_busy() -> None:
        while not ended.is_set():
            store.put(source)
            store.path(DIGEST).unlink(missing_ok=True)

    busy = threading.Thread(target=be_busy)
    busy.start()
    try:
        for _ in range(ROUNDS):
            assert list(store.older_than(an_hour_ago())) == []
            store.remove_staged(an_hour_ago())
    finally:
        ended.set()
        busy.join()


def test_a_full_disk_can_be_freed(store: FileStore, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_long_ago(store, source)

    def no_room(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", no_room)

    assert store.remove(DIGEST, an_hour_ago())
    assert staged(store) == []
