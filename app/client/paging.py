"""Lists, page by page."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.client.transport import Transport


def paged(transport: Transport, path: str, params: Mapping[str, Any]) -> Iterator[Any]:
    """Everything on a list. A page is fetched when its first row is asked for."""
    wanted = dict(params)
    while True:
        page = transport.get(path, wanted)
        yield from page["data"]
        if not page["has_more"]:
            return
        wanted["cursor"] = page["next_cursor"]
