"""What only this service can tell of a spec: are the things of your own that it names here, do they fit?"""

from typing import Any

from app import weights
from app.callers import Caller
from core.errors import FieldError, InvalidSpec, NotFound
from core.spec import JobSpec
from core.spec.checks import problems
from core.spec.datasets import DatasetFacts, Uploaded, UploadedFacts
from core.spec.tables import Column, Columns, Table
from core.store import datasets
from core.store.datasets import PACKING, READY
from core.store.session import Session

PACK_FIRST = "it is still being packed: wait until its state is `ready`"


def checked(
    session: Session, spec: JobSpec, who: Caller, *, lock: bool = False
) -> tuple[UploadedFacts | None, tuple[FieldError, ...]]:
    """What is known of the data set of the spec, and every contradiction in it.

    lock    the data set, models and jobs that it names stay until the transaction ends
    """
    if not isinstance(spec.dataset, Uploaded | Table):
        return None, (*problems(spec), *weights.findings(session, spec, who, None, lock=lock))
    facts, missing = _dataset(session, spec.dataset.id, who, lock)
    unfit = weights.findings(session, spec, who, facts, lock=lock)
    return facts, (*missing, *problems(spec, facts), *unfit)


def sound(session: Session, spec: JobSpec, who: Caller) -> UploadedFacts | None:
    """What is known of the data set of a spec without contradictions, for a transaction that submits it.

    InvalidSpec    with every contradiction found
    """
    facts, found = checked(session, spec, who, lock=True)
    if found:
        raise InvalidSpec(errors=found)
    return facts


def _dataset(
    session: Session, dataset_id: str, who: Caller, lock: bool
) -> tuple[UploadedFacts | None, list[FieldError]]:
    try:
        found = datasets.get(session, dataset_id, who.sees, lock="kept" if lock else None)
    except NotFound as error:
        return None, [FieldError("/dataset/id", "not_found", error.detail, dataset_id)]
    if found.state != READY or found.facts is None:
        why = PACK_FIRST if found.state == PACKING else "it was refused; its `error` says why"
        return None, [FieldError("/dataset/id", "dataset_not_ready", why, dataset_id)]
    return _facts(found.name, found.facts), []


def _facts(name: str, stored: dict[str, Any]) -> UploadedFacts:
    if "columns" in stored:
        columns = tuple(Column(**column) for column in stored["columns"])
        rarest = {column: (value, rows) for column, (value, rows) in stored.get("rarest", {}).items()}
        return Columns(name, stored["rows"], columns, rarest)
    numbers = ("classes", "image_size", "train_images", "test_images")
    return DatasetFacts(name, **{each: int(stored[each]) for each in numbers})
