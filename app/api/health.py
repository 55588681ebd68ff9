"""Is the process alive, and can the service do its work?"""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from redis import Redis
from redis.exceptions import RedisError

from app.api.documented import Responses, fails, headers
from app.dependencies import database, files
from app.home import explained
from app.queries import NO_QUERY
from app.schemas.health import Readiness, Verdict
from core.errors import DistilleryError
from core.store import migrate, workers

router = APIRouter(tags=["health"])

ASKED: Responses = {200: headers(), **{status: fails()[status] for status in (422, 500)}}
NOT_READY: Responses = {503: {"model": Readiness, "description": "Jobs can't be accepted.", **headers()}}
# Without these nothing can be accepted; without the others, jobs wait.
NEEDED = ("database", "migrations", "files")


@router.get("/healthz", summary="Is it alive?", dependencies=NO_QUERY, responses=ASKED)
async def check_alive() -> dict[str, str]:
    """The process answers, also while all of its threads wait for a database."""
    return {"status": "alive"}


@router.get("/readyz", summary="Is it ready?", dependencies=NO_QUERY, responses=ASKED | NOT_READY)
def check_ready(request: Request, response: Response) -> Readiness:
    """Each part of the service with a verdict; 503 when jobs can't be accepted."""
    parts: dict[str, Callable[[Request], str]] = {
        "database": _database, "migrations": _migrations, "files": _files,
        "broker": _broker, "workers": _workers,
    }  # fmt: skip
    checks = {name: _verdict(part, request) for name, part in parts.items()}
    accepted = all(checks[name].ok for name in NEEDED)
    if not accepted:
        response.status_code = 503
    return Readiness(ready=accepted, checks=checks)


def _verdict(part: Callable[[Request], str], request: Request) -> Verdict:
    try:
        return Verdict(ok=True, detail=part(request))
    except RedisError:
        return Verdict(ok=False, detail="does not answer")
    except DistilleryError as error:
        return Verdict(ok=False, detail=explained(error, request.app.state.settings).detail)


def _database(request: Request) -> str:
    database(request).check()
    return "answers"


def _migrations(request: Request) -> str:
    if not migrate.is_current(database(request)):
        raise DistilleryError("the tables are of another version: run `python -m core.store.migrate`")
    return "current"


def _files(request: Request) -> str:
    files(request).check()
    return "can be written to"


def _broker(request: Request) -> str:
    broker: Redis = request.app.state.broker
    broker.ping()
    return "answers"


def _workers(request: Request) -> str:
    _migrations(request)  # tables of another version can't be asked
    with database(request).reading() as session:
        found = workers.alive(session)
    if not found:
        raise DistilleryError("no worker is alive: jobs wait until one is")
    return f"{len(found)} alive"
