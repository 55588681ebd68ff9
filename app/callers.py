"""Who asks: the owner of an API key."""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from starlette.concurrency import run_in_threadpool

from app.key_use import KeyUse
from core import clock
from core.errors import DistilleryError, Forbidden, Unauthorized
from core.store import keys
from core.store.session import Database

# A key that another process revokes still counts for so long.
BELIEVED_SECONDS = 5.0
MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Caller:
    """Who asks. An admin key sees every owner's jobs."""

    owner: str
    scopes: tuple[str, ...]

    @property
    def sees(self) -> str | None:
        return None if "admin" in self.scopes else self.owner

    def demand(self, scope: keys.Scope) -> None:
        """Raise Forbidden unless the key has the scope; admin has all."""
        if scope not in self.scopes and "admin" not in self.scopes:
            raise Forbidden(f"this key lacks the scope {scope!r}")


@dataclass(frozen=True)
class _Known:
    """A key that was found to be sound; of the key itself only a hash is kept."""

    sha256: bytes
    caller: Caller
    expires_at: datetime | None
    read_at: float


class Callers:
    """Knows whose the keys are. A sound one is read once in a few seconds; one that is not, each time.

    now    a clock that never goes back, in seconds
    """

    def __init__(
        self, database: Database, key_use: KeyUse, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._key_use = key_use
        self._now = now
        self._known: dict[str, _Known] = {}
        self._forgotten = 0
        self._changing = Lock()

    async def identify(self, authorization: str) -> Caller:
        """The owner of the key in an Authorization header.

        Unauthorized    there is none that counts
        """
        presented = presented_in(authorization)
        if presented is None:
            raise Unauthorized
        known = self._known.get(_public(presented))
        if known is not None and self._counts(known, presented):
            return known.caller
        return await run_in_threadpool(self._read, presented)

    async def still_count(self, authorization: str) -> bool:
        """Whether the key in this header counts; while the database is away, what is known stays."""
        try:
            await self.identify(authorization)
        except Unauthorized:
            return False
        except DistilleryError:
            return True
        return True

    def has_lately_found(self, presented: str) -> bool:
        """Whether this very key was sound when it was read last; nothing is read for it."""
        known = self._known.get(_public(presented))
        return known is not None and hmac.compare_digest(known.sha256, _digest(presented))

    def forget(self, key_id: str) -> None:
        """Believe a key no longer: it was revoked or changed."""
        with self._changing:
            self._forgotten += 1
            self._known.pop(key_id, None)

    def _counts(self, known: _Known, presented: str) -> bool:
        sound = hmac.compare_digest(known.sha256, _digest(presented))
        fresh = self._now() - known.read_at < BELIEVED_SECONDS
        return sound and fresh and (known.expires_at is None or clock.now() < known.expires_at)

    def _read(self, presented: str) -> Caller:
        read_at, forgotten = self._now(), self._forgotten
        with self._database.reading() as session:
            key = keys.verify(session, presented)
        if not keys.used_lately(key):
            self._key_use.note(key.id)
        caller = Caller(key.owner, tuple(key.scopes))
        with self._changing:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            if forgotten == self._forgotten:  # else it may be this one that was revoked meanwhile
                self._known[key.id] = _Known(_digest(presented), caller, key.expires_at, read_at)
        return caller


def presented_in(authorization: str) -> str | None:
    """The key in an Authorization header, however that is spelled; None where it holds something else."""
    scheme, _, presented = authorization.partition(" ")
    return presented.strip() if scheme.lower() == "bearer" else None


def _public(presented: str) -> str:
    """The half of a key that is no secret."""
    return presented[3:].partition("_")[0]


def _digest(presented: str) -> bytes:
    return hashlib.sha256(presented.encode()).digest()
