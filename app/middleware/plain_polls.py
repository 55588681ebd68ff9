"""The request that is asked most, a poll of one job that says nothing else, is answered before routing."""

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app import errors
from app.dependencies import identified
from app.home import explained
from app.polling import answer
from core.errors import DistilleryError

JOB = re.compile(r"/v1/jobs/(job_[0-9A-Z]{26})")


class PlainPolls:
    """Answers a GET of a job without a query. Half of what one costs is finding out by the general way which
    route it is for, and that it asks for nothing in particular.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = JOB.fullmatch(scope["path"]) if _is_plain(scope) else None
        if found is None:
            return await self.app(scope, receive, send)
        request = Request(scope, receive)
        try:
            who = await identified(request)
            who.demand("read")
            response = await answer(request, found[1], who, 0)
        except DistilleryError as error:
            response = errors.answer(explained(error, request.app.state.settings))
        await response(scope, receive, send)


def _is_plain(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]
