"""Data sets that people brought, as the API shows them."""

from datetime import datetime
from typing import Any, Self

from app.schemas.base import View
from core.store import library
from core.store.datasets import PACKING

POLL_AFTER_SECONDS = 1


class DatasetError(View):
    """Why a data set can't be used."""

    code: str
    detail: str
    hint: str | None


class DatasetView(View):
    """A data set. Jobs may name it once its state is `ready`.

    facts    classes, images and side, or rows and columns of a table, once they are known
    """

    id: str
    name: str
    state: str
    source: str
    bytes: int
    sha256: str | None
    image_size: int | None
    resize: str
    names_encoding: str | None
    facts: dict[str, Any] | None
    error: DatasetError | None
    created_at: datetime
    updated_at: datetime
    poll_after_seconds: int
    links: dict[str, str]

    @classmethod
    def of(cls, dataset: library.Dataset) -> Self:
        base = f"/v1/datasets/{dataset.id}"
        error = dataset.error
        return cls(
            id=dataset.id, name=dataset.name, state=dataset.state, source=dataset.source,
            bytes=dataset.bytes, sha256=dataset.digest, image_size=dataset.image_size, resize=dataset.resize,
            names_encoding=dataset.names_encoding, facts=dataset.facts, created_at=dataset.created_at,
            updated_at=dataset.updated_at,
            error=None if error is None else DatasetError(
                code=error["code"], detail=error["detail"], hint=error.get("hint")
            ),
            poll_after_seconds=POLL_AFTER_SECONDS if dataset.state == PACKING else 0,
            links={"self": base, "preview": f"{base}/preview"},
        )  # fmt: skip


class DatasetList(View):
    """A page of data sets, newest first."""

    data: list[DatasetView]
    has_more: bool
    next_cursor: str | None
