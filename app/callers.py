"""Who asks: the owner of an API key."""

from dataclasses import dataclass

from starlette.datastructures import State

from core.errors import Unauthorized
from core.store import keys


@dataclass(frozen=True)
class Caller:
    """Who asks. An admin key sees every owner's jobs."""

    owner: str
    scopes: tuple[str, ...]

    @property
    def sees(self) -> str | None:
        return None if "admin" in self.scopes else self.owner


def identify(state: State, authorization: str) -> Caller:
    """The owner of the key in an Authorization header.

    state    the application's
    Unauthorized    there is none that counts
    """
    scheme, _, presented = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized
    with state.database.reading() as session:
        key = keys.verify(session, presented.strip())
    if not keys.used_lately(key):
        state.key_use.note(key.id)
    return Caller(key.owner, tuple(key.scopes))
