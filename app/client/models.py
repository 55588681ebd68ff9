"""Models of your own: weights to learn from, or to start from."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

from app.client.deadline import Deadline
from app.client.paging import paged
from app.client.results import Result
from app.client.sending import Sent
from app.client.transport import Transport

READING, READY, MEASURING = "reading", "ready", "measuring"


class ModelError(Result):
    """Why a model can't be used; each list of weights has a count, and the first of them."""

    code: str
    detail: str
    hint: str | None
    missing: dict[str, Any] | None
    unexpected: dict[str, Any] | None
    mismatched: dict[str, Any] | None


class ModelInfo(Result):
    """A model. Jobs may name it once its state is `ready`."""

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
    poll_after_seconds: float


class Model:
    """One model of a service. `info` is what was last heard of it."""

    def __init__(self, transport: Transport, info: ModelInfo) -> None:
        self._transport = transport
        self.info = info

    @property
    def id(self) -> str:
        return self.info.id

    def refresh(self) -> Self:
        """Ask again."""
        self.info = ModelInfo.of(self._transport.get(_path(self.id)))
        return self

    def wait(self, timeout: float | None = None) -> Self:
        """Until it is read, or refused, and measured, if that was asked for.

        TimedOut    after `timeout` seconds; the work goes on
        """
        deadline = Deadline(timeout)
        while self.info.poll_after_seconds:
            time.sleep(deadline.left(max(self.info.poll_after_seconds, 0.2)))
            self.refresh()
        return self

    def measure(self, dataset: str) -> Self:
        """Have its accuracy on a data set measured: a name, or the id of a set of your own; `wait` for it.

        InvalidSpec    the data set has other classes, or there is none
        Conflict       one of both is not ready
        """
        self.info = ModelInfo.of(self._transport.post(f"{_path(self.id)}/measure", {"dataset": dataset}))
        return self

    def delete(self) -> None:
        """Remove it.

        Conflict    an unfinished job needs it
        """
        self._transport.delete(_path(self.id))


class Models:
    """Upload, find and list models."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def add(
        self, path: str | Path, *, name: str | None = None, architecture: str | None = None,
        width: float | None = None, stem: str | None = None, classes: Sequence[str] | None = None,
        on_progress: Sent | None = None,
    ) -> Model:  # fmt: skip
        """Send a safetensors file; it is read afterwards: `wait` for it.

        What its metadata say need not be said beside it.

        on_progress        hears how many bytes are sent, and of how many
        UnsupportedBody    it is no safetensors file
        """
        path = Path(path)
        asked = {"name": name or path.stem, "architecture": architecture, "width": width, "stem": stem}
        fields = {field: str(value) for field, value in asked.items() if value is not None}
        if classes is not None:
            fields["classes"] = json.dumps(list(classes), ensure_ascii=False)
        with path.open("rb") as file:
            sent = self._transport.upload("/v1/models", fields, file, path.name, on_progress)
        return Model(self._transport, ModelInfo.of(sent))

    def get(self, model_id: str) -> Model:
        """The model with this id; NotFound if there is none."""
        return Model(self._transport, ModelInfo.of(self._transport.get(_path(model_id))))

    def list(
        self, *, state: str | Sequence[str] | None = None, q: str | None = None,
        sort: Literal["-created_at", "created_at"] = "-created_at",
    ) -> Iterator[ModelInfo]:  # fmt: skip
        """Models, newest first unless another order is asked for, fetched page by page as needed.

        state    only those in this state, or in one of these
        q        part of the name
        """
        params = {"state": state, "q": q, "sort": sort}
        return map(ModelInfo.of, paged(self._transport, "/v1/models", params))


def _path(model_id: str) -> str:
    return f"/v1/models/{quote(model_id, safe='')}"
