"""An old blob is removed, and never one that was put again."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import NotFound
from core.files import FileStore
from tests.core.aging import CONTENT, DIGEST, an_hour_ago, put_long_ago, staged

ROUNDS = 300


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
