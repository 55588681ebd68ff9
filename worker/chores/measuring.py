"""Measure how good a model is on a data set, because somebody asked."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import BY_CODE, DatasetUnavailable, Internal
from core.store import models, packs
from core.store.chores import ClaimedChore
from core.store.session import Session
from worker import own_data
from worker.chores.kind import Workplace
from worker.chores.packing import Packer
from worker.chores.program import run
from worker.chores.reading import reported, told

MEASURER = "worker.weights.measuring"
BUILT = ("digits",)  # made by the program itself, from a package
NOT_HERE = "Run a job on it first, or `python -m worker.fetch NAME` on the worker: then it is here."


@dataclass(frozen=True)
class Measured:
    """An accuracy."""

    model_id: str
    dataset: str
    found: dict[str, Any]

    def write(self, session: Session) -> None:
        found = {"state": models.MEASURED, **self.found}
        models.note_measured(session, self.model_id, self.dataset, found)


class Measuring:
    """The chore that `measure` asks for."""

    def do(self, chore: ClaimedChore, place: Workplace) -> Measured:
        dataset = chore.parameters["dataset"]
        with place.database.reading() as session:
            model = models.get(session, chore.subject, None)
        report = place.folder / "report.json"
        words = [MEASURER, str(place.files.path(model.digest)), "--dataset", dataset]
        words += ["--told", str(told(model, place.folder)), "--report", str(report)]
        words += ["--data", str(_laid_ready(dataset, place))]
        _, said = run(words, place.folder, place.look, place.settings.packing_seconds)
        found = reported(report, said)
        if (error := found.get("error")) is not None:
            raise BY_CODE.get(error["code"], Internal)(error["detail"], hint=error["hint"])
        return Measured(model.id, dataset, found)

    def refuse(self, session: Session, chore: ClaimedChore, error: dict[str, Any]) -> None:
        found = {"state": models.FAILED, "error": error}
        models.note_measured(session, chore.subject, chore.parameters["dataset"], found)


def _laid_ready(dataset: str, place: Workplace) -> Path:
    """A folder with the packed set, under its name."""
    if dataset not in BUILT:
        (place.folder / f"{dataset}.safetensors").symlink_to(_packed(dataset, place))
    return place.folder


def _packed(dataset: str, place: Workplace) -> Path:
    if dataset.startswith("ds_"):
        packer = partial(Packer, place.files, place.folder, place.look, place.settings.packing_seconds)
        return own_data.lay_ready(place.database, place.files, {"id": dataset}, place.folder, packer)
    here = place.settings.datasets / f"{dataset}.safetensors"
    if here.exists():
        return here
    with place.database.reading() as session:
        stored = packs.find(session, dataset)
    if stored is None:
        raise DatasetUnavailable(f"{dataset} is not on this machine", hint=NOT_HERE)
    return place.files.path(stored.digest)
