"""Send archives, and see what is left of those that were not kept."""

from pathlib import Path

import httpx2

from tests.live_api import LiveApi

FORM = {"content-type": "multipart/form-data; boundary=b"}
ZIP = b"PK not really" * 5000


def upload(
    http: httpx2.Client, content: bytes = ZIP, name: str = "pets.zip", **fields: str
) -> httpx2.Response:
    return http.post("/v1/datasets", files={"file": (name, content)}, data=fields)


def staged(api: LiveApi) -> list[Path]:
    return [path for path in (api.settings.files / "staging").glob("*") if path.is_file()]
