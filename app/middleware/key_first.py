"""Who has no key is told so before anyone looks at what they sent."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app import errors
from app.home import explained
from app.middleware.bodies import METHODS_WITHOUT, received
from core.errors import DistilleryError

KEYED = "/v1/"


class KeyFirst:
    """Let a request that may have a body through only with a key. Its scope is the route's business."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] in METHODS_WITHOUT
            or not scope["path"].startswith(KEYED)
        ):
            return await self.app(scope, receive, send)
        authorization = Headers(scope=scope).get("authorization", "")
        try:
            who = await scope["app"].state.callers.identify(authorization)
        except DistilleryError as error:
            if await received(receive, keep=0) is not None:
                known = explained(error, scope["app"].state.settings)
                await errors.answer(known)(scope, receive, send)
            return None
        scope.setdefault("state", {})["caller"] = who
        await self.app(scope, receive, send)
