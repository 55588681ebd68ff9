"""The API keys of a service; for admins."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.client.paging import paged
from app.client.results import Result
from app.client.transport import Transport


class KeyInfo(Result):
    """A key without its secret."""

    id: str
    name: str
    owner: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewKey(KeyInfo):
    """A key that was just made. `key` is shown this once; None if the answer that had it was lost."""

    key: str | None


class Keys:
    """Make, list and revoke keys."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self, name: str, owner: str, scopes: Sequence[str], expires_at: datetime | None = None
    ) -> NewKey:
        """Make a key for somebody. If its secret is None, revoke it and make another one.

        InvalidSpec    `errors` says where and why
        """
        asked: dict[str, Any] = {"name": name, "owner": owner, "scopes": list(scopes)}
        if expires_at is not None:
            asked["expires_at"] = expires_at.astimezone().isoformat()
        return NewKey.of(self._transport.post("/v1/keys", asked))

    def list(self) -> Iterator[KeyInfo]:
        """Every key, in the order of the ids; those that have ended, too."""
        return map(KeyInfo.of, paged(self._transport, "/v1/keys", {}))

    def revoke(self, key_id: str) -> None:
        """End a key, at once and for good.

        NotFound    there is none, or it was revoked before
        """
        self._transport.delete(f"/v1/keys/{quote(key_id, safe='')}")
