"""One sweep: what nobody needs any more goes, everything else stays, and nothing keeps it from its end."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotFound
from core.files import Blob, FileStore
from core.lifecycle import JobState
from core.store import artifacts, attempts, chores, jobs, packs
from core.store.session import Database
from tests.builders import a_claim, a_running_job
from worker.sweeper import Sweeper

DAY = 86_400.0


class Home:
    """The folders of a service, and who tidies them up."""

    def __init__(self, home: Path, database: Database) -> None:
        self.files = FileStore(home / "files")
        self.work, self.datasets = home / "work", home / "datasets"
        self.work.mkdir()
        self.datasets.mkdir()
        self.sweeper = Sweeper(database, self.files, self.work, self.datasets, DAY)
        self._source = home / "source"

    def put_long_ago(self, content: bytes) -> str:
        self._source.write_bytes(content)
        digest = self.files.put(self._source).digest
        long_ago(self.files.path(digest))
        return digest

    def has(self, digest: str) -> bool:
        try:
            self.files.path(digest)
        except NotFound:
            return False
        return True

    def worked_in(self, job_id: str, name: str) -> Path:
        """The folder of an attempt, with what its trainer left in it; that of its job is no new one."""
        folder = self.work / job_id / name
        (folder / "sub").mkdir(parents=True)
        (folder / "training.ckpt").write_bytes(b"x")
        long_ago(folder.parent, 120)
        return folder


@pytest.fixture
def home(tmp_path: Path, database: Database) -> Home:
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home", database)


def long_ago(path: Path, seconds: float = 2 * DAY) -> None:
    past = time.time() - seconds
    os.utime(path, (past, past))


def all_long_ago(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        long_ago(path)


def test_old_files_that_no_row_names_go(home: Home, database: Database) -> None:
    attempt = a_running_job(database)
    named, orphan = home.put_long_ago(b"named"), home.put_long_ago(b"orphan")
    file: dict[str, Any] = {"name": "a", "digest": named, "bytes": 5, "media_type": "x/y"}
    with database.writing() as session:
        artifacts.record(session, attempt.job_id, 1, [file])

    home.sweeper.turn()

    assert home.has(named)
    assert not home.has(orphan)


def test_what_can_not_be_removed_keeps_nothing_else(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    orphans = [home.put_long_ago(content) for content in (b"one", b"two", b"three")]
    in_the_way = home.files.root / "staging" / "a folder"
    in_the_way.mkdir()
    no_blob = home.files.root / "00" / ("0" * 64)
    no_blob.mkdir(parents=True)
    round_and_round = home.work / "0"
    round_and_round.symlink_to("0")
    a_file = home.work / "1"
    a_file.write_bytes(b"x")
    forgotten = home.worked_in("no job", "a1")
    for path in (in_the_way, no_blob):
        long_ago(path)
    all_long_ago(forgotten)

    home.sweeper.turn()

    assert not any(home.has(digest) for digest in orphans)
    assert not forgotten.exists()
    assert in_the_way.exists()
    assert no_blob.exists()
    assert a_file.exists()
    assert "a folder" in caplog.text


def test_without_any_folder_there_is_nothing_to_do(tmp_path: Path, database: Database) -> None:
    nowhere = tmp_path / "nowhere"

    Sweeper(database, FileStore(nowhere / "files"), nowhere / "work", nowhere / "datasets", DAY).turn()

    assert not nowhere.exists()


def test_the_folder_of_an_attempt_that_has_ended_goes_at_once(home: Home, database: Database) -> None:
    attempt = a_running_job(database)
    folder = home.worked_in(attempt.job_id, "a1")
    home.sweeper.turn()
    before = folder.exists()

    end(database, attempt.job_id)
    home.sweeper.turn()

    assert before
    assert list(home.work.iterdir()) == []


def end(database: Database, job_id: str) -> None:
    with database.writing() as session:
        job = jobs.get(session, job_id, None, lock="removed")
        attempts.end(session, job, JobState.QUEUED, "lost", error=None)


def test_only_the_attempt_that_has_ended_loses_its_folder(home: Home, database: Database) -> None:
    attempt = a_running_job(database)
    lost = home.worked_in(attempt.job_id, "a1")
    end(database, attempt.job_id)
    again = a_claim(database)
    assert again is not None
    assert (again.job_id, again.number) == (attempt.job_id, 2)
    running = home.worked_in(attempt.job_id, "a2")

    home.sweeper.turn()

    assert not lost.exists()
    assert (running / "training.ckpt").exists()


def test_the_folder_of_a_running_attempt_stays_however_long_nothing_changes(
    home: Home, database: Database
) -> None:
    folder = home.worked_in(a_running_job(database).job_id, "a1")
    all_long_ago(folder.parent)

    home.sweeper.turn()

    assert (folder / "training.ckpt").exists()


@pytest.mark.parametrize("job_id", ["job_00000000000000000000000000", "something else", "\udcff"])
@pytest.mark.parametrize("name", ["a1", "a", "a99999999999999999999999999"])
def test_what_the_database_does_not_know_goes_when_it_is_old(home: Home, job_id: str, name: str) -> None:
    folder = home.worked_in(job_id, name)
    home.sweeper.turn()
    young = folder.exists()

    all_long_ago(folder.parent)
    home.sweeper.turn()

    assert young
    assert list(home.work.iterdir()) == []


def test_the_empty_folder_of_a_job_goes_unless_it_was_made_just_now(home: Home, database: Database) -> None:
    old, new = home.work / a_running_job(database).job_id, home.work / "new"
    for folder in (old, new):
        folder.mkdir()
    long_ago(old, 120)

    home.sweeper.turn()

    assert list(home.work.iterdir()) == [new]


def test_half_a_data_set_goes_once_it_is_old(home: Home) -> None:
    whole, half, new = (home.datasets / name for name in ("a.safetensors", "tmp1.partial", "tmp2.partial"))
    for path in (whole, half, new):
        path.write_bytes(b"x")
    for path in (whole, half):
        long_ago(path)

    home.sweeper.turn()

    assert sorted(home.datasets.iterdir()) == [whole, new]


def test_the_folder_of_a_chore_goes_once_its_attempt_has_ended(home: Home, database: Database) -> None:
    with database.writing() as session:
        chores.add(session, "pack_dataset", "ds_a")
        first = chores.claim(session, "process")
        assert first is not None
        chores.put_back(session, first, losses=1)
        chores.claim(session, "another process")
    dead, living = home.worked_in(first.id, "a1"), home.worked_in(first.id, "a2")

    home.sweeper.turn()

    assert not dead.exists()
    assert living.exists()


def test_the_copy_of_a_packed_set_goes_once_it_is_old_and_nobody_names_it(
    home: Home, database: Database
) -> None:
    named, forgotten, new = ("a" * 64, "b" * 64, "c" * 64)
    for digest in (named, forgotten, new):
        path = home.datasets / f"{digest}.safetensors"
        path.write_bytes(b"x")
        long_ago(path, 1 if digest == new else 2 * DAY)
    with database.writing() as session:
        packs.record(session, "ds_a", Blob(named, 1))

    home.sweeper.turn()

    assert {path.stem for path in home.datasets.iterdir()} == {named, new}
