"""What routes ask for: a transaction, the caller, the file store, a spec."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Body, Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app import examples, home
from app.callers import Caller, Callers
from core import faults
from core.files import FileStore
from core.settings import Settings
from core.spec import JobSpec
from core.store import keys
from core.store.session import Database, Session

bearer = HTTPBearer(auto_error=False, description="An API key: dk_…")


def database(request: Request) -> Database:
    home.check(request.app.state.settings)
    found: Database = request.app.state.database
    return found


def files(request: Request) -> FileStore:
    home.check(request.app.state.settings)
    found: FileStore = request.app.state.files
    return found


def reading(request: Request) -> Iterator[Session]:
    with database(request).reading() as session:
        yield session


def writing(request: Request) -> Iterator[Session]:
    with written(request.app.state.settings, request.app.state.database) as session:
        yield session


@contextmanager
def written(settings: Settings, database: Database) -> Iterator[Session]:
    """A transaction that is over before anybody is answered."""
    home.check(settings, writes=True)
    with database.writing() as session:
        yield session
    faults.point("api.committed")


# More than this wait for their turn before they take a thread. Of 40 threads, some must be free for those who
# hold a lock or a connection: a request that has its transaction still needs one, for the next of its steps.
MOST_READERS = 16
MOST_WRITERS = 16

# scope="function": committed before the response leaves, so that a failed commit is a 503, not a lie.
ReadSession = Annotated[Session, Depends(reading, scope="function", max_concurrency=MOST_READERS)]
WriteSession = Annotated[Session, Depends(writing, scope="function", max_concurrency=MOST_WRITERS)]
Files = Annotated[FileStore, Depends(files)]


async def caller(
    request: Request, _described: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
) -> Caller:
    """The owner of the presented key, whom the middleware knows already where there is a body."""
    return await identified(request)


async def identified(request: Request) -> Caller:
    """The owner of the presented key; Unauthorized without one that counts."""
    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    callers: Callers = request.app.state.callers
    return await callers.identify(request.headers.get("authorization", ""))


def allowed(scope: keys.Scope) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency that lets a caller through who has the scope; admin has all."""

    async def check(who: Annotated[Caller, Depends(caller)]) -> Caller:
        who.demand(scope)
        return who

    return check


Reader = Annotated[Caller, Depends(allowed("read"))]
Submitter = Annotated[Caller, Depends(allowed("submit"))]
Admin = Annotated[Caller, Depends(allowed("admin"))]


# Contradictions in it are found together with what it names and is not there.
Spec = Annotated[JobSpec, Body(openapi_examples=examples.JOBS)]
