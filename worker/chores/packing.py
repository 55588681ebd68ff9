"""Pack a data set: from what was sent, or lies in a folder, into the one file that trainers map."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BY_CODE, DatasetUnreadable, DistilleryError, Internal
from core.files import Blob
from core.store import datasets, packs
from core.store.chores import ClaimedChore
from core.store.datasets import Wanted
from core.store.library import Dataset
from core.store.session import Session
from worker.chores.kind import Workplace
from worker.chores.program import run

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
        datasets.became_ready(session, self.dataset_id, self.report["facts"], self.report["preview"])


class Packing:
    """The chore that follows an upload."""

    def do(self, chore: ClaimedChore, place: Workplace) -> Packed:
        with place.database.reading() as session:
            dataset = datasets.get(session, chore.subject, None)
        blob, report = pack(dataset, _wanted(dataset), place)
        return Packed(dataset.id, blob, report)

    def refuse(self, session: Session, subject: str, error: dict[str, Any]) -> None:
        datasets.was_refused(session, subject, error, error.pop("preview", None))


def pack(dataset: Dataset, wanted: Wanted, place: Workplace) -> tuple[Blob, dict[str, Any]]:
    """The packed file, in the file store, and what the packer reports.

    DatasetUnreadable, ArchiveRefused    it can't be used, and why
    Draining                             the worker is told to end
    """
    out, report = place.folder / "packed.safetensors", place.folder / "report.json"
    words = [PACKER, str(_source(dataset, place)), "--out", str(out), "--report", str(report)]
    if wanted.image_size is not None:
        words += ["--image-size", str(wanted.image_size)]
    words += ["--resize", wanted.resize]
    status, said = run(words, place.folder, place.holding, place.settings.packing_seconds)
    if status != 0:
        raise _refusal(report, said)
    return place.files.put(out), json.loads(report.read_bytes())


def _source(dataset: Dataset, place: Workplace) -> Path:
    if dataset.folder is not None:
        return Path(dataset.folder)
    assert dataset.digest is not None, "what was not sent lies in a folder"
    return place.files.path(dataset.digest)


def _wanted(dataset: Dataset) -> Wanted:
    return Wanted(dataset.image_size, "squash" if dataset.resize == "squash" else "crop")


def _refusal(report: Path, said: str) -> DistilleryError:
    """What the packer found wrong; without a word of it, it was killed, or is defect."""
    try:
        found = json.loads(report.read_bytes())["error"]
        kind = BY_CODE.get(found["code"], DatasetUnreadable)
        return kind(found["detail"], hint=found.get("hint"))
    except (OSError, ValueError, KeyError, TypeError):
        return Internal(f"packing failed: {said.strip()[-500:] or 'without a word'}")
