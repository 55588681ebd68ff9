"""Pack a data set: from what was sent, or lies in a folder, into the one file that trainers map."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BY_CODE, ArchiveRefused, DatasetUnreadable, DistilleryError, Internal
from core.files import Blob, FileStore
from core.store import chores, datasets, packs
from core.store.chores import ClaimedChore
from core.store.library import Dataset
from core.store.session import Session
from worker.chores.kind import Workplace
from worker.chores.program import Look, run

PACKER = "worker.packing"


@dataclass(frozen=True)
class Packed:
    """A data set that trainers can use.

    report    what the packer found: facts that jobs need, and a preview for people
    """

    dataset_id: str
    blob: Blob
    report: dict[str, Any]

    def write(self, session: Session) -> None:
        packs.record(session, self.dataset_id, self.blob)
        datasets.became_ready(session, self.dataset_id, facts(self.report), self.report)


class Packing:
    """The chore that follows an upload."""

    def do(self, chore: ClaimedChore, place: Workplace) -> Packed:
        with place.database.reading() as session:
            dataset = datasets.get(session, chore.subject, None)
        packer = Packer(place.files, place.folder, place.look, place.settings.packing_seconds)
        try:
            blob, report = packer.pack(dataset, dataset.image_size, dataset.resize)
        except (ArchiveRefused, DatasetUnreadable):
            # What was found until then is what a person needs to mend it.
            with place.database.writing() as session:
                chores.beat(session, chore)
                datasets.note_preview(session, dataset.id, packer.report())
            raise
        return Packed(dataset.id, blob, report)

    def refuse(self, session: Session, chore: ClaimedChore, error: dict[str, Any]) -> None:
        datasets.was_refused(session, chore.subject, error)


@dataclass(frozen=True)
class Packer:
    """Packs in a folder, with a process of its own, for as long as `look` does not raise."""

    files: FileStore
    folder: Path
    look: Look
    limit_seconds: float

    def pack(self, dataset: Dataset, image_size: int | None, resize: str) -> tuple[Blob, dict[str, Any]]:
        """The packed file, in the file store, and what was found on the way.

        DatasetUnreadable, ArchiveRefused    it can't be used, and why
        """
        out = self.folder / "packed.safetensors"
        words = [PACKER, str(self._source(dataset)), "--out", str(out), "--report", str(self._report)]
        words += ["--resize", resize]
        if image_size is not None:
            words += ["--image-size", str(image_size)]
        if dataset.names_encoding is not None:
            words += ["--names-encoding", dataset.names_encoding]
        status, said = run(words, self.folder, self.look, self.limit_seconds)
        if status != 0:
            raise _refusal(self.report(), said)
        return self.files.put(out), self.report()

    def report(self) -> dict[str, Any]:
        """What the packer wrote down; empty where it had no time to."""
        try:
            found: dict[str, Any] = json.loads(self._report.read_bytes())
        except (OSError, ValueError):
            return {}
        return found

    @property
    def _report(self) -> Path:
        return self.folder / "report.json"

    def _source(self, dataset: Dataset) -> Path:
        if dataset.folder is not None:
            return Path(dataset.folder)
        assert dataset.digest is not None, "what was not sent lies in a folder"
        return self.files.path(dataset.digest)


def facts(report: dict[str, Any]) -> dict[str, Any]:
    """What a job must know of a set before it is loaded; the rest of the report is for people."""
    if report.get("kind") == "table":
        columns = [
            {
                "name": column["name"],
                "classes": None if column["values"] is None else len(column["values"]),
                "is_text": column["is_text"],
            }
            for column in report["columns"]
        ]
        rarest = {column["name"]: column["rarest"] for column in report["columns"] if column["rarest"]}
        return {"rows": report["rows"], "columns": columns, "rarest": rarest, "digest": report["digest"]}
    splits = report["splits"]
    images = {split: (splits.get(split) or {"images": 0})["images"] for split in ("train", "test")}
    kept = ("class_names", "image_size", "resize", "mean", "std", "digest")
    return {
        "classes": len(report["class_names"]), "train_images": images["train"],
        "test_images": images["test"], **{name: report[name] for name in kept},
    }  # fmt: skip


def _refusal(report: dict[str, Any], said: str) -> DistilleryError:
    """What the packer found wrong; without a word of it, it was killed, or is defect."""
    if "error" not in report:
        return Internal(f"packing failed: {said.strip()[-500:] or 'without a word'}")
    error = report["error"]
    return BY_CODE.get(error["code"], DatasetUnreadable)(error["detail"], hint=error["hint"])
