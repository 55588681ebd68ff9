"""Old blobs are removed one by one, whatever lies beside them, and never one that was put again."""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import NotFound
from core.files import FileStore

CONTENT = b"a student" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
ROUNDS = 300


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


def old(path: Path) -> Path:
    """As if it had been written two hours ago."""
    past = time.time() - 7200
    os.utime(path, (past, past))
    return path


def an_hour_ago() -> float:
    return time.time() - 3600


def put_long_ago(store: FileStore, source: Path) -> Path:
    return old(store.path(store.put(source).digest))


def staged(store: FileStore) -> list[str]:
    return [path.name for path in (store.root / "staging").iterdir()]


def test_an_old_blob_is_removed_and_leaves_nothing_behind(store: FileStore, source: Path) -> None:
    put_long_ago(store, source)

    assert list(store.older_than(an_hour_ago())) == [DIGEST]
    assert store.remove(DIGEST, an_hour_ago())

    with pytest.raises(NotFound):
        store.path(DIGEST)
    assert staged(store) == []


def test_a_blob_that_was_put_again_stays(store: FileStore, source: Path) -> None:
    put_long_ago(store, source)
    store.put(source)

    assert list(store.older_than(an_hour_ago())) == []
    assert not store.remove(DIGEST, an_hour_ago())

    assert store.path(DIGEST).read_bytes() == CONTENT
    assert staged(store) == []


def just_before(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], object]) -> None:
    """Let something happen before the next call of a function of `os`, once."""
    real = getattr(os, name)

    def first(*words: object) -> None:
        monkeypatch.setattr(os, name, real)
        act()
        real(*words)

    monkeypatch.setattr(os, name, first)


def test_what_is_put_after_the_look_is_not_even_moved(
    store: FileStore, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_long_ago(store, source)
    places_to_move_to: list[str] = []

    def put_again() -> None:
        store.put(source)
        places_to_move_to.extend(staged(store))

    just_before(monkeypatch, "rename", put_again)

    assert not store.remove(DIGEST, an_hour_ago())

    assert places_to_move_to == []
    assert store.path(DIGEST).read_bytes() == CONTENT
    assert staged(store) == []


def test_what_was_moved_and_is_young_is_put_back(
    store: FileStore, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = put_long_ago(store, source)
    # Of a `put` that is at its place, and has not yet returned.
    just_before(monkeypatch, "rename", lambda: os.replace(source, place))

    assert not store.remove(DIGEST, an_hour_ago())

    assert store.path(DIGEST).read_bytes() == CONTENT
    assert staged(store) == []


def test_a_put_takes_back_its_file_from_who_looked_before_and_then_stood_still(
    store: FileStore, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = put_long_ago(store, source)
    aside = store.root / "staging" / f"{DIGEST}.of-another"
    aside.mkdir()
    sync = os.fsync

    def moved_and_left(handle: int) -> None:
        """Move the new file aside as soon as it is there."""
        sync(handle)
        just_before(monkeypatch, "rmdir", lambda: os.rename(place, aside / DIGEST))

    monkeypatch.setattr(os, "fsync", moved_and_left)

    store.put(source)

    assert store.path(DIGEST).read_bytes() == CONTENT
    assert list(aside.iterdir()) == []


def test_a_file_whose_put_has_returned_is_there_at_every_moment(store: FileStore, source: Path) -> None:
    for _ in range(ROUNDS):
        place = put_long_ago(store, source)
        both, gone = threading.Barrier(2), threading.Event()

        def remove(both: threading.Barrier = both, gone: threading.Event = gone) -> None:
            both.wait()
            store.remove(DIGEST, an_hour_ago())
            gone.set()

        remover = threading.Thread(target=remove)
        remover.start()
        both.wait()
        store.put(source)
        while not gone.is_set():
            assert place.exists()
        remover.join()
        assert place.read_bytes() == CONTENT


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


def old_file(path: Path) -> Path:
    path.write_bytes(b"x")
    return old(path)


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
