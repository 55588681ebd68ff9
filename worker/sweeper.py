"""Removes what nobody names any more: orphaned blobs, forgotten uploads, work folders, old answers."""

import logging
import shutil
import time
from itertools import islice
from pathlib import Path

from core.files import FileStore
from core.store import blobs, once
from core.store.session import Database

AT_ONCE = 500
log = logging.getLogger("distillery.dispatcher")


class Sweeper:
    """A file younger than the safe age may belong to a transaction that is still to come."""

    def __init__(self, database: Database, files: FileStore, work: Path, safe_seconds: float) -> None:
        self._database = database
        self._files = files
        self._work = work
        self._safe_seconds = safe_seconds

    def turn(self) -> None:
        """One sweep."""
        before = time.time() - self._safe_seconds
        old = self._files.older_than(before)
        while group := list(islice(old, AT_ONCE)):
            with self._database.reading() as session:
                orphans = set(group) - blobs.named(session, group)
            for digest in orphans:
                self._files.remove(digest, before)
                log.info("removed the orphaned file %s", digest)
        self._files.remove_staged(before)
        self._remove_work(before)
        with self._database.writing() as session:
            once.forget_old(session)

    def _remove_work(self, before: float) -> None:
        """Folders of attempts that died with their worker."""
        if not self._work.is_dir():
            return
        for folder in self._work.glob("*/a*"):
            newest = max((p.stat().st_mtime for p in (folder, *folder.iterdir())), default=before)
            if newest < before:
                shutil.rmtree(folder, ignore_errors=True)
