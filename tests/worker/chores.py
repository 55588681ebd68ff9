"""A light worker of a test's own, with the real packer in a real process."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import LeaseLost
from core.files import FileStore
from core.settings import Settings
from core.store import chores, datasets
from core.store.chores import ClaimedChore
from core.store.datasets import Wanted
from core.store.library import Dataset
from core.store.session import Database
from tests.worker.packing.archives import a_set, zipped
from worker.chores import doing
from worker.holding import Holding


@dataclass(frozen=True)
class LightWorker:
    """Does one chore after another, when the test says so."""

    database: Database
    files: FileStore
    settings: Settings
    holding: Holding

    def uploaded(self, archive: Path, image_size: int | None = None) -> str:
        """The id of a data set that waits to be packed."""
        blob = self.files.put(archive)
        with self.database.writing() as session:
            return datasets.add_upload(session, "me", archive.stem, blob, Wanted(image_size)).id

    def a_small_set(self, folder: Path) -> str:
        return self.uploaded(zipped(folder / "pets.zip", a_set("train/", "test/")))

    def claim(self) -> ClaimedChore | None:
        with self.database.writing() as session:
            return chores.claim(session, "process")

    def work(self) -> ClaimedChore:
        """Do the oldest chore."""
        chore = self.claim()
        assert chore is not None, "nothing waits"
        doing.do(self.settings, self.database, self.files, chore, self.holding)
        return chore

    def read(self, dataset_id: str) -> Dataset:
        """The data set, with its preview."""
        with self.database.reading() as session:
            found = datasets.get(session, dataset_id, None)
            assert found.preview is None or found.preview
            return found

    def is_fenced(self, chore: ClaimedChore) -> bool:
        """Whether a write of this attempt is refused."""
        try:
            with self.database.writing() as session:
                chores.beat(session, chore)
        except LeaseLost:
            return True
        return False
