"""Removes what nobody names any more: orphaned blobs, forgotten uploads, work folders, old answers."""

import logging
import re
import shutil
import time
from datetime import timedelta
from itertools import islice
from pathlib import Path

from core import ids
from core.files import FileStore
from core.store import blobs, chores, once
from core.store.session import Database
from core.tidying import listed, one_of_many, remove_old

AT_ONCE = 500
# A worker makes the folder of a job, and then that of its attempt in it: an empty one is not yet forgotten.
SETTLED_SECONDS = 60.0
CHORES_KEPT = timedelta(days=7)
_ATTEMPT = re.compile("a([1-9][0-9]*)")
_DIGEST = re.compile("[0-9a-f]{64}")
log = logging.getLogger("distillery.dispatcher")


class Sweeper:
    """A file younger than the safe age may belong to a transaction that is still to come."""

    def __init__(
        self, database: Database, files: FileStore, work: Path, datasets: Path, safe_seconds: float
    ) -> None:
        self._database = database
        self._files = files
        self._work = work
        self._datasets = datasets
        self._safe_seconds = safe_seconds

    def turn(self) -> None:
        """One sweep. What can't be removed is told, and stays."""
        before = time.time() - self._safe_seconds
        # First, as it asks no database: what a full disk is full of is often half-written.
        self._files.remove_staged(before)
        self._remove_unpacked(before)
        self._remove_orphans(before)
        for job in listed(self._work):
            with one_of_many(job):
                if job.is_dir():
                    self._remove_work(job, before)
        with self._database.writing() as session:
            once.forget_old(session)
            chores.forget_old(session, CHORES_KEPT)

    def _remove_unpacked(self, before: float) -> None:
        """Copies of packed sets that no row names any more, and what was half copied. Named ones stay."""
        copies = {}
        for path in listed(self._datasets):
            if path.suffix == ".partial":
                remove_old(path, before)
            elif _DIGEST.fullmatch(path.stem):
                copies[path.stem] = path
        if copies:
            with self._database.reading() as session:
                named = blobs.named(session, list(copies))
            for digest in copies.keys() - named:
                remove_old(copies[digest], before)

    def _remove_orphans(self, before: float) -> None:
        old = self._files.older_than(before)
        while group := list(islice(old, AT_ONCE)):
            with self._database.reading() as session:
                orphans = set(group) - blobs.named(session, group)
            for digest in orphans:
                if self._files.remove(digest, before):
                    log.info("removed the orphaned file %s", digest)

    def _remove_work(self, job: Path, before: float) -> None:
        """Folders of attempts that died with their worker, and the one of their job that held them."""
        settled = job.stat().st_mtime < time.time() - SETTLED_SECONDS
        # Listed before the database is asked: an attempt is known there before it has a folder.
        folders = [path for path in listed(job) if path.name.startswith("a")]
        ended = self._ended(job.name)
        for folder in folders:
            with one_of_many(folder):
                over = ended.get(_number(folder))
                if _is_forgotten(folder, before) if over is None else over:
                    _remove(folder)
        if settled and not listed(job):
            job.rmdir()

    def _ended(self, name: str) -> dict[int, bool]:
        """Whether each attempt that the database knows, at a job or a chore, has ended."""
        if ids.is_id("job", name):
            with self._database.reading() as session:
                return blobs.ended(session, name)
        if ids.is_id("chore", name):
            with self._database.reading() as session:
                return chores.ended(session, name)
        return {}


def _remove(folder: Path) -> None:
    """As much of it as can be removed."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        log.warning("%s can't be removed", folder)


def _number(folder: Path) -> int:
    found = _ATTEMPT.fullmatch(folder.name)
    return int(found[1]) if found else 0


def _is_forgotten(folder: Path, before: float) -> bool:
    """Whether nothing in it has changed for the safe age."""
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < before
