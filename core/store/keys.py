"""API keys. Only a hash of the secret half is stored; the whole key is shown once."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound, Unauthorized
from core.store.tables import ApiKey

Scope = Literal["read", "submit", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "submit", "admin")
USED_EVERY = timedelta(minutes=1)
_PUBLIC = re.compile("[0-9a-f]{12}")
_NOBODY = hashlib.sha256(b"").hexdigest()


def create(
    session: Session, name: str, owner: str, scopes: Sequence[Scope], expires_at: datetime | None = None
) -> str:
    """Store a new key and return it: dk_<public id>_<secret>. It can't be read back."""
    return issue(session, name, owner, scopes, expires_at)[1]


def issue(
    session: Session, name: str, owner: str, scopes: Sequence[Scope], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """What is stored of a new key, and the key itself."""
    public, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(
        id=public, secret_sha256=_digest(secret), name=name, owner=owner, scopes=list(scopes),
        created_at=clock.now(), expires_at=expires_at, revoked_at=None, last_used_at=None,
    )  # fmt: skip
    session.add(key)
    session.flush()
    return key, f"dk_{public}_{secret}"


def page(session: Session, limit: int, behind: str | None = None) -> list[ApiKey]:
    """Keys by id, behind one; those that have ended, too."""
    query = select(ApiKey).order_by(ApiKey.id).limit(limit)
    return list(session.scalars(query if behind is None else query.where(ApiKey.id > behind)))


def revoke(session: Session, key_id: str) -> None:
    """End a key, for good.

    NotFound    there is none with this id, or it was revoked before
    """
    ended = update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
    if not is_id(key_id) or session.scalar(ended.values(revoked_at=clock.now()).returning(ApiKey.id)) is None:
        raise NotFound(f"no key {key_id[:60]!r} that could be revoked")


def is_id(text: str) -> bool:
    return _PUBLIC.fullmatch(text) is not None


def verify(session: Session, presented: str) -> ApiKey:
    """The key that was presented.

    Unauthorized    it is malformed, unknown, revoked or expired: which, is not said
    """
    kind, _, rest = presented.partition("_")
    public, _, secret = rest.partition("_")
    key = session.get(ApiKey, public) if kind == "dk" and is_id(public) else None
    # Compared even when there is no such key, so that both take the same time.
    sound = hmac.compare_digest(_digest(secret), key.secret_sha256 if key else _NOBODY)
    if key is None or not sound or key.revoked_at is not None or _expired(key):
        raise Unauthorized
    return key


def touch(session: Session, key_id: str) -> None:
    """Note that the key was used."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=clock.now()))


def used_lately(key: ApiKey) -> bool:
    """Whether the last use was noted within the last minute: it is not written more often."""
    return key.last_used_at is not None and clock.now() - key.last_used_at < USED_EVERY


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ApiKey)) or 0


def _expired(key: ApiKey) -> bool:
    return key.expires_at is not None and key.expires_at <= clock.now()


def _digest(secret: str) -> str:
    # The secret is 256 random bits: a fast hash is enough, nothing can be guessed.
    return hashlib.sha256(secret.encode()).hexdigest()
