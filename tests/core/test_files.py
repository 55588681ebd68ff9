"""Blobs in a real folder: whole or not at all, and verified on the way out."""

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import DigestMismatch, FilesUnavailable, NotFound
from core.files import CHUNK, FileStore
from tests import mounts
from tests.core.aging import CONTENT, DIGEST


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_blob_is_named_by_its_content(store: FileStore, source: Path) -> None:
    blob = store.put(source)

    assert (blob.digest, blob.bytes) == (DIGEST, len(CONTENT))
    assert store.path(DIGEST).read_bytes() == CONTENT
    assert everything_in(store.root) == [store.root / DIGEST[:2] / DIGEST]


def test_the_same_content_is_kept_once(store: FileStore, source: Path) -> None:
    assert store.put(source) == store.put_stream(io.BytesIO(CONTENT))
    assert len(everything_in(store.root)) == 1


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_every_size_comes_back_as_it_was(store: FileStore, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)

    blob = store.put_stream(io.BytesIO(content))
    store.fetch(blob.digest, tmp_path / "copy")

    assert (tmp_path / "copy").read_bytes() == content
    assert blob.bytes == size


def test_only_the_owner_can_read_it(store: FileStore, source: Path) -> None:
    store.put(source)

    assert store.path(DIGEST).stat().st_mode & 0o077 == 0
    assert store.path(DIGEST).parent.stat().st_mode & 0o077 == 0


def test_what_is_not_here_is_not_found(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        store.path(DIGEST)
    with pytest.raises(NotFound):
        store.fetch(DIGEST, tmp_path / "copy")

    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", "", "/etc/passwd", DIGEST.upper(), DIGEST[:-1], DIGEST + "0"]
)
def test_a_name_that_is_no_digest_leads_nowhere(store: FileStore, source: Path, name: str) -> None:
    store.put(source)

    with pytest.raises(NotFound):
        store.path(name)


@pytest.mark.parametrize("damage", [CONTENT[:-1], CONTENT + b"x", b"x" + CONTENT[1:], b""])
def test_damage_is_noticed_and_nothing_is_left_behind(
    store: FileStore, source: Path, tmp_path: Path, damage: bytes
) -> None:
    store.put(source)
    store.path(DIGEST).write_bytes(damage)

    with pytest.raises(DigestMismatch):
        store.fetch(DIGEST, tmp_path / "copy")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["files", "source"]


def test_a_damaged_blob_is_healed_by_storing_it_again(store: FileStore, source: Path, tmp_path: Path) -> None:
    store.put(source)
    store.path(DIGEST).write_bytes(b"damaged")

    store.put(source)
    store.fetch(DIGEST, tmp_path / "copy")

    assert (tmp_path / "copy").read_bytes() == CONTENT


def test_a_source_that_breaks_off_stores_nothing(store: FileStore) -> None:
    class Broken(io.RawIOBase):
        def readinto(self, buffer: object) -> int:
            raise OSError(5, "Input/output error")

        def readable(self) -> bool:
            return True

    with pytest.raises(FilesUnavailable):
        store.put_stream(io.BufferedReader(Broken()))

    assert everything_in(store.root) == []


def test_a_store_that_cannot_be_written_to_says_so(tmp_path: Path, source: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    store = FileStore(tmp_path / "taken")

    with pytest.raises(FilesUnavailable):
        store.check()
    with pytest.raises(FilesUnavailable):
        store.put(source)


def test_a_check_leaves_nothing_behind(store: FileStore) -> None:
    store.check()

    assert everything_in(store.root) == []


def test_a_full_disk_on_the_way_in_is_told_and_leaves_nothing(store: FileStore, source: Path) -> None:
    """A file may not grow beyond 4 kB in this process: the quota of `ulimit -f` counts as a full disk."""
    program = f"""
import resource
from pathlib import Path
from core.errors import DiskFull
from core.files import FileStore

resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    FileStore(Path({str(store.root)!r})).put(Path({str(source)!r}))
except DiskFull:
    raise SystemExit(28)
"""

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 28
    assert everything_in(store.root) == []


@pytest.mark.skipif(not mounts.can_mount(), reason=mounts.NOT_SHOWN)
def test_a_really_full_disk_is_told_and_leaves_nothing(tmp_path: Path, store: FileStore) -> None:
    """A file system of 64 kB, in a namespace of its own, gone with the process."""
    large = store.put_stream(io.BytesIO(bytes(1 << 20)))
    program = f"""
import io
from pathlib import Path
from core.errors import DiskFull
from core.files import FileStore

root = Path({str(tmp_path / "small")!r})
small = FileStore(root / "files")
kept = small.put_stream(io.BytesIO(b"x" * 1000))

def full(action):
    try:
        action()
    except DiskFull:
        return [path.name for path in root.rglob("*") if path.is_file()] == [kept.digest]

assert full(lambda: small.put_stream(io.BytesIO(bytes(1 << 20))))
assert full(lambda: FileStore(Path({str(store.root)!r})).fetch({large.digest!r}, root / "copy"))
"""
    (tmp_path / "small").mkdir()

    command = mounts.on_a_small_disk(tmp_path / "small", "64k", [sys.executable, "-c", program])
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr


def test_many_writers_of_the_same_blob_agree(store: FileStore, source: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        digests = [blob.digest for blob in pool.map(store.put, [source] * 32)]

    assert digests == [DIGEST] * 32
    store.fetch(DIGEST, tmp_path / "copy")
    assert len(everything_in(store.root)) == 1


def test_many_readers_of_the_same_blob_do_not_disturb_each_other(store: FileStore, tmp_path: Path) -> None:
    """Two jobs of one worker lay the same data set ready at the same place."""
    content = os.urandom(4 * CHUNK)
    blob = store.put_stream(io.BytesIO(content))
    copy = tmp_path / "data" / "copy"
    copy.parent.mkdir()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(store.fetch, blob.digest, copy) for _ in range(16)]:
            done.result()
            assert copy.read_bytes() == content

    assert [path.name for path in copy.parent.iterdir()] == ["copy"]
