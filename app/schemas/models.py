"""Models that people brought or jobs trained, as the API shows them."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from app.schemas.base import View
from core.spec.base import Spec
from core.store import library
from core.store.models import MEASURING, READING

POLL_AFTER_SECONDS = 1


class Measurement(Spec):
    """A data set to measure on."""

    dataset: str = Field(
        min_length=1,
        max_length=64,
        description="a name that the catalog lists, or the id of your own",
    )


class KeyList(View):
    """Names of weights: how many, and the first of them."""

    count: int
    first: list[Any]


class ModelError(View):
    """Why a model can't be used.

    missing       weights of the network that the file lacks
    unexpected    those that the network does not have
    mismatched    those of another shape or type: key, expected, found
    """

    code: str
    detail: str
    hint: str | None
    missing: KeyList | None
    unexpected: KeyList | None
    mismatched: KeyList | None

    @classmethod
    def of(cls, error: dict[str, Any]) -> Self:
        keys = error.get("keys") or {}
        lists = {name: keys.get(name) for name in ("missing", "unexpected", "mismatched")}
        return cls(code=error["code"], detail=error["detail"], hint=error.get("hint"), **lists)


class ModelView(View):
    """A model. Jobs may start from it, or learn from it, once its state is `ready`.

    facts       what was found out when it was read; `assumed` names what nobody had said
    measured    by data set: its state, and then accuracy, interval, images; `split` says which images:
                `test`, those of the set; `cut`, some of the set, on which it may have been trained
    """

    id: str
    name: str
    state: str
    source: str
    job_id: str | None
    architecture: str | None
    width: float | None
    stem: str | None
    classes: list[str] | None
    image_size: int | None
    bytes: int
    sha256: str
    facts: dict[str, Any] | None
    measured: dict[str, Any]
    error: ModelError | None
    created_at: datetime
    updated_at: datetime
    poll_after_seconds: int
    links: dict[str, str]

    @classmethod
    def of(cls, model: library.Model) -> Self:
        base = f"/v1/models/{model.id}"
        measured = model.measured or {}
        is_busy = model.state == READING or any(one["state"] == MEASURING for one in measured.values())
        return cls(
            id=model.id, name=model.name, state=model.state, source=model.source, job_id=model.job_id,
            architecture=model.architecture, width=model.width, stem=model.stem, classes=model.classes,
            image_size=model.image_size, bytes=model.bytes, sha256=model.digest, facts=model.facts,
            measured=measured, error=None if model.error is None else ModelError.of(model.error),
            created_at=model.created_at, updated_at=model.updated_at,
            poll_after_seconds=POLL_AFTER_SECONDS if is_busy else 0,
            links={"self": base, "measure": f"{base}/measure"},
        )  # fmt: skip


class ModelList(View):
    """A page of models, newest first."""

    data: list[ModelView]
    has_more: bool
    next_cursor: str | None
