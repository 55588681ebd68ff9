"""Read the weights that somebody sent: what they are, or why no job can use them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import Internal, ModelRefused
from core.files import Blob
from core.store import models
from core.store.chores import ClaimedChore
from core.store.library import Model
from core.store.session import Session
from worker.chores.kind import Workplace
from worker.chores.program import run

READER = "worker.weights"
LIMIT_SECONDS = 900.0
OF_THE_ROW = ("architecture", "width", "stem", "image_size")


@dataclass(frozen=True)
class Sound:
    """Weights that jobs may use."""

    model_id: str
    blob: Blob
    report: dict[str, Any]

    def write(self, session: Session) -> None:
        facts = dict(self.report)
        known = {name: facts.pop(name) for name in OF_THE_ROW}
        classes = facts.pop("class_names")
        models.became_ready(session, self.model_id, self.blob, **known, classes=classes, facts=facts)


@dataclass(frozen=True)
class Refused:
    """Weights that no job can use; the error names those that differ."""

    model_id: str
    error: dict[str, Any]

    def write(self, session: Session) -> None:
        models.was_refused(session, self.model_id, self.error)


class Reading:
    """The chore that follows an upload."""

    def do(self, chore: ClaimedChore, place: Workplace) -> Sound | Refused:
        with place.database.reading() as session:
            model = models.get(session, chore.subject, None)
        report, out = place.folder / "report.json", place.folder / "model.safetensors"
        words = [READER, str(place.files.path(model.digest)), "--report", str(report), "--out", str(out)]
        words += ["--told", str(told(model, place.folder))]
        _, said = run(words, place.folder, place.look, LIMIT_SECONDS)
        found = reported(report, said)
        if (error := found.get("error")) is None:
            converted = place.files.put(out) if found["converted"] else None
            return Sound(model.id, converted or Blob(model.digest, model.bytes), found)
        if error["code"] != ModelRefused.code:
            raise Internal(error["detail"])
        return Refused(model.id, error)

    def refuse(self, session: Session, chore: ClaimedChore, error: dict[str, Any]) -> None:
        models.was_refused(session, chore.subject, error)


def told(model: Model, folder: Path) -> Path:
    """What is known of a model beside its file, for the program that reads it."""
    known = {"architecture": model.architecture, "width": model.width, "stem": model.stem}
    path = folder / "told.json"
    path.write_text(json.dumps({**known, "class_names": model.classes}))
    return path


def reported(report: Path, said: str) -> dict[str, Any]:
    """What a program wrote; without a report it was killed, or is defect."""
    try:
        found: dict[str, Any] = json.loads(report.read_bytes())
    except (OSError, ValueError) as error:
        raise Internal(f"reading failed: {said.strip()[-500:] or 'without a word'}") from error
    return found
