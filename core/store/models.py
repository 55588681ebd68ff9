"""Models: weights that people brought, or that jobs trained. Kept, read or refused, measured, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock, ids
from core.errors import NotFound
from core.files import Blob
from core.store import chores
from core.store.cut import ALL, Cut, rows
from core.store.library import Model
from core.store.needs import needing, still_needed
from core.store.upsert import insert_new

READING, READY, REFUSED = "reading", "ready", "refused"
READ, MEASURE = "read_model", "measure_model"
UPLOAD, JOB = "upload", "job"
MEASURING, MEASURED, FAILED = "measuring", "measured", "failed"


@dataclass(frozen=True)
class Told:
    """What a person says of a model beside its file; None leaves it to the file."""

    architecture: str | None = None
    width: float | None = None
    stem: str | None = None
    classes: list[str] | None = None


@dataclass(frozen=True)
class Page:
    """Some models, and whether there are more behind them."""

    models: list[Model]
    has_more: bool


def add_upload(session: Session, owner: str, name: str, blob: Blob, told: Told) -> Model:
    """Keep weights that were sent, and have them read."""
    model = Model(**_new(owner, name, blob), **vars(told), state=READING, source=UPLOAD)
    session.add(model)
    session.flush()
    chores.add(session, READ, model.id)
    return model


def register_trained(
    session: Session, *, owner: str, job_id: str, recipe: str, name: str, architecture: str,
    width: float | None, stem: str | None, classes: Sequence[str] | None, image_size: int | None, blob: Blob,
    facts: dict[str, Any] | None = None,
) -> Model:  # fmt: skip
    """Keep a teacher that a job trained, for every later job of the same recipe. The first one stays.

    facts    of a network of rows: its layers and its columns
    """
    row = _new(owner, name, blob) | {
        "state": READY, "source": JOB, "job_id": job_id, "recipe": recipe, "architecture": architecture,
        "width": width, "stem": stem, "classes": None if classes is None else list(classes),
        "image_size": image_size, "facts": facts,
    }  # fmt: skip
    insert_new(session, Model, row, unique_by=("owner", "recipe"))
    found = find_recipe(session, owner, recipe)
    assert found is not None, "what was in the way of the insert is there"
    return found


def find_recipe(session: Session, owner: str, recipe: str) -> Model | None:
    """The teacher that some job trained from all the same."""
    return session.scalar(select(Model).where(Model.owner == owner, Model.recipe == recipe))


def get(
    session: Session, model_id: str, owner: str | None, *, lock: Literal["kept", "changed"] | None = None
) -> Model:
    """The model; NotFound when there is none, or it is another owner's. `owner` None sees all.

    lock    until the transaction ends it is not deleted, or nobody else touches it
    """
    locked = None if lock is None else {"key_share": lock == "kept", "read": lock == "kept"}
    found = session.get(Model, model_id, with_for_update=locked) if ids.is_id("model", model_id) else None
    if found is None or (owner is not None and found.owner != owner):
        raise NotFound(f"no model {model_id[:60]!r}")
    return found


def page(
    session: Session, owner: str | None, *, limit: int, cut: Cut = ALL, behind: str | None = None
) -> Page:
    """Up to `limit` models behind an id, in the order that is asked for."""
    found = list(session.scalars(rows(Model, owner, cut, behind).limit(limit + 1)))
    return Page(found[:limit], len(found) > limit)


def became_ready(session: Session, model_id: str, blob: Blob, **known: Any) -> None:
    """It was read: jobs may use it.

    blob     its weights, as they are kept from now on; the sweeper takes another one that was sent
    known    architecture, width, stem, classes, image_size, facts
    """
    _change(session, model_id, state=READY, error=None, digest=blob.digest, bytes=blob.bytes, **known)


def was_refused(session: Session, model_id: str, error: dict[str, Any]) -> None:
    """It can't be used, for this reason."""
    _change(session, model_id, state=REFUSED, error=error)


def measure(session: Session, model: Model, dataset: str) -> None:
    """Have the accuracy of a model that the caller has locked measured, unless that is under way."""
    if ((model.measured or {}).get(dataset) or {}).get("state") == MEASURING:
        return
    note_measured(session, model.id, dataset, {"state": MEASURING})
    chores.add(session, MEASURE, model.id, {"dataset": dataset})


def note_measured(session: Session, model_id: str, dataset: str, found: dict[str, Any]) -> None:
    """What is known of its accuracy on a data set; nothing happens where the model is gone."""
    model = session.get(Model, model_id, populate_existing=True, with_for_update=True)
    if model is not None:
        _change(session, model_id, measured={**(model.measured or {}), dataset: found})


def remove(session: Session, model: Model) -> None:
    """Delete it; the sweeper takes the blob.

    Conflict    a job that has not ended needs it
    """
    if needed_by := needing(session, model.id):
        raise still_needed("this model", needed_by, state=model.state)
    chores.drop(session, model.id)
    session.delete(model)


def _new(owner: str, name: str, blob: Blob) -> dict[str, Any]:
    moment = clock.now()
    return {
        "id": ids.new("model"), "owner": owner, "name": name, "digest": blob.digest, "bytes": blob.bytes,
        "version": 1, "created_at": moment, "updated_at": moment,
    }  # fmt: skip


def _change(session: Session, model_id: str, **values: Any) -> None:
    session.execute(
        update(Model)
        .where(Model.id == model_id)
        .values(**values, version=Model.version + 1, updated_at=clock.now())
    )
