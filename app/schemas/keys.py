"""API keys: what is asked for, and what may be shown of one."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.schemas.base import View
from app.schemas.moments import Moment
from core import clock
from core.spec.base import Many, Spec, Tag, Text
from core.store import tables
from core.store.keys import Scope


def _in_the_future(moment: datetime) -> datetime:
    if moment <= clock.now():
        raise PydanticCustomError("not_in_the_future", "must be in the future")
    return moment


def _each_once(scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    if not scopes:
        raise PydanticCustomError("too_short", "must name at least one scope")
    return tuple(dict.fromkeys(scopes))


class NewKey(Spec):
    """A key to be made."""

    name: Text = Field(description="for people: what it is used for")
    owner: Tag = Field(description="whose jobs it sees and submits")
    scopes: Annotated[Many[Scope], AfterValidator(_each_once)] = Field(
        max_length=3, json_schema_extra={"minItems": 1},
        description="admin may do all, and sees the jobs of every owner",
    )  # fmt: skip
    expires_at: Annotated[Moment, AfterValidator(_in_the_future)] | None = Field(
        None, description="null: it counts until it is revoked"
    )


class KeyView(View):
    """A key without its secret. `id` stands in the key: dk_<id>_<secret>."""

    id: str
    name: str
    owner: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, stored: tables.ApiKey, **more: Any) -> Self:
        return cls(
            id=stored.id, name=stored.name, owner=stored.owner, scopes=stored.scopes,
            created_at=stored.created_at, expires_at=stored.expires_at, revoked_at=stored.revoked_at,
            last_used_at=stored.last_used_at, **more,
        )  # fmt: skip


class KeyMade(KeyView):
    """A key that was just made. The key itself is shown this once; a repeated answer has none."""

    key: str | None


class KeyList(View):
    """A page of keys, by id; those that have ended, too."""

    data: list[KeyView]
    has_more: bool
    next_cursor: str | None
