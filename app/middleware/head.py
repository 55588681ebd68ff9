"""HEAD works wherever GET does: the same answer, without its body."""

from anyio import CancelScope
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """Answer HEAD as GET; whatever was going to make the body is cancelled once the headers are out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)
        with CancelScope() as answering:

            async def headers_only(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await send(message)
                    await send({"type": "http.response.body", "body": b""})
                    # A live stream would go on for ever, and a large file would be read for nobody.
                    answering.cancel()

            await self.app({**scope, "method": "GET"}, receive, headers_only)
