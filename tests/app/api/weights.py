"""Send weights, and let them be read: what a worker makes of them is written by the test."""

from typing import Any

import httpx2

from core.files import Blob
from core.store import chores, models
from tests.live_api import LiveApi

HEADER = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(4)
KNOWN: dict[str, Any] = {
    "architecture": "resnet18", "width": 1.0, "stem": "small", "classes": ["cat", "dog"], "image_size": 32,
    "facts": {"classes": 2},
}  # fmt: skip


def upload(
    http: httpx2.Client, content: bytes = WEIGHTS, name: str = "mine.safetensors", **fields: str
) -> httpx2.Response:
    return http.post("/v1/models", files={"file": (name, content)}, data=fields)


def ready(api: LiveApi, model_id: str, **known: Any) -> None:
    with api.database.writing() as session:
        models.became_ready(session, model_id, Blob("a" * 64, 9), **(KNOWN | known))


def a_ready_one(http: httpx2.Client, api: LiveApi, **known: Any) -> str:
    """Its path."""
    where = upload(http).headers["location"]
    ready(api, where.rpartition("/")[2], **known)
    return where


def waiting(api: LiveApi) -> int:
    with api.database.reading() as session:
        return chores.queued(session)
