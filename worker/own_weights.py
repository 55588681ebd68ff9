"""Lay ready the weights that a job starts from: a model, another job's teacher, torchvision's, or a teacher
that an earlier job trained from all the same.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import DigestMismatch, FilesUnavailable, NotFound, WeightsUnavailable
from core.files import FileStore
from core.spec.architectures import table
from core.store import artifacts, events, jobs, models, packs
from core.store.attempts import Claimed
from core.store.library import Model
from core.store.session import Database, Session
from worker.fetching import fetch, go_on
from worker.supervisor import Place

DELETED = "It was deleted: name another one, or let the job train its teacher."
TEACHER = "teacher.safetensors"
OF_ROWS = ("hidden", "activation", "columns")  # what is known of a network of rows

Source = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """Weights in the file store.

    name      of the file that is laid ready, by which errors call it
    origin    for the report; `known` of it is what the service knows of their network
    """

    digest: str
    name: str
    origin: dict[str, Any]


@dataclass(frozen=True)
class Laid:
    """What the trainer is told of the weights that it starts from."""

    options: Mapping[str, Path]

    def words(self) -> list[str]:
        return [word for option, path in self.options.items() for word in (option, str(path))]


class Weights:
    """Of one attempt, whose folder they are laid into."""

    def __init__(self, database: Database, files: FileStore, attempt: Claimed, place: Place) -> None:
        self._database = database
        self._files = files
        self._attempt = attempt
        self._place = place

    def lay_ready(self, recipe: str | None) -> Laid:
        """Fetch and verify them.

        recipe    of a teacher that may be taken from an earlier job; None where it is to be trained

        WeightsUnavailable    they were deleted, or can't be fetched
        DigestMismatch        the stored copy is damaged; a teacher is then trained anew
        BrokenOff, LeaseLost  the attempt is not to go on
        """
        found = dict(self._asked())
        if recipe is not None and (reused := self._reused(recipe)) is not None:
            found["teacher"] = reused
        options = {}
        for role, weights in found.items():
            options[f"--{role}-weights"] = path = self._path(weights)
            if not path.exists():
                self._files.fetch(weights.digest, path)
        if found:
            options["--weights-origins"] = origins = self._place.folder / "weights.json"
            origins.write_text(json.dumps({role: weights.origin for role, weights in found.items()}))
        return Laid(options)

    def _asked(self) -> Iterator[tuple[str, Found]]:
        for role in ("teacher", "student"):
            asked = self._attempt.resolved[role]
            match asked["source"]:
                case {"kind": "model", "id": model_id}:
                    yield role, self._model(model_id)
                case {"kind": "job", "id": job_id}:
                    yield role, self._teacher_of(job_id)
                case {"kind": "pretrained"}:
                    yield role, self._pretrained(asked["architecture"])

    def _model(self, model_id: str) -> Found:
        with self._database.reading() as session:
            try:
                model = models.get(session, model_id, None)
            except NotFound as error:
                raise WeightsUnavailable(error.detail, hint=DELETED) from error
            if model.state != models.READY:
                raise WeightsUnavailable(f"the model {model_id} is {model.state}, not ready")
            return _found(model, {"kind": "model", "model": model.id})

    def _teacher_of(self, job_id: str) -> Found:
        with self._database.reading() as session:
            try:
                jobs.get(session, job_id, None)
                artifact = artifacts.get(session, job_id, TEACHER)
            except NotFound as error:
                raise WeightsUnavailable(error.detail, hint=DELETED) from error
            return Found(artifact.digest, f"{job_id}.{TEACHER}", {"kind": "job", "job": job_id})

    def _pretrained(self, architecture: str) -> Found:
        """In the file store, or fetched and then stored."""
        source, name = f"weights:{architecture}", f"{architecture}.pretrained.safetensors"
        with self._database.reading() as session:
            stored = packs.find(session, source)
        digest = None if stored is None else stored.digest
        if digest is None:
            look = partial(go_on, self._database, self._attempt, self._place)
            fetch(["weights", architecture], self._place.folder, look, WeightsUnavailable)
            blob = self._files.put(self._place.folder / name)
            with self._database.writing() as session:
                packs.record(session, source, blob)
            digest = blob.digest
        weights = table()[architecture]["pretrained"]
        return Found(digest, name, {"kind": "pretrained", "weights": weights})

    def _reused(self, recipe: str) -> Found | None:
        """The teacher that an earlier job trained from all the same; None where there is none, or no more."""
        with self._database.reading() as session:
            model = models.find_recipe(session, self._owner(session), recipe)
            if model is None:
                return None
            found = _found(model, {"kind": "reused", "model": model.id, "job": model.job_id})
        told = {"model": model.id, "job": model.job_id}
        try:
            self._files.fetch(found.digest, self._path(found))
        except (DigestMismatch, NotFound, FilesUnavailable) as error:
            self._tell("teacher_not_reused", told | {"detail": error.detail})
            return None
        self._tell("teacher_reused", told)
        return found

    def _path(self, found: Found) -> Path:
        return self._place.folder / found.name

    def _owner(self, session: Session) -> str:
        return jobs.get(session, self._attempt.job_id, None).owner

    def _tell(self, kind: str, data: dict[str, Any]) -> None:
        with self._database.writing() as session:
            events.append(session, self._attempt.job_id, kind, data)


def _found(model: Model, origin: dict[str, Any]) -> Found:
    said = {
        "architecture": model.architecture, "width": model.width, "stem": model.stem,
        "class_names": model.classes, **{name: (model.facts or {}).get(name) for name in OF_ROWS},
    }  # fmt: skip
    known = {name: value for name, value in said.items() if value is not None}
    return Found(model.digest, f"{model.id}.safetensors", origin | {"known": known})
