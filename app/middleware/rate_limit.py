"""Nobody asks so often that others have to wait."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors
from app.middleware.bodies import METHODS_WITHOUT, received
from app.middleware.key_first import KEYED
from app.rates import Rates
from core.errors import RateLimited


class RateLimit:
    """Count the requests of each key, and those without a sound one by the address that they come from."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(KEYED):
            return await self.app(scope, receive, send)
        rates: Rates = scope["app"].state.rates
        if not rates.limited:
            return await self.app(scope, receive, send)
        key, address = _key(scope), _address(scope)
        try:
            rates.let_in(key, address)
        except RateLimited as error:
            # What is still being sent is read first: else the client might never see the answer.
            if scope["method"] in METHODS_WITHOUT or await received(receive, keep=0) is not None:
                await errors.answer(error)(scope, receive, send)
            return None

        async def judged(message: Message) -> None:
            if message["type"] == "http.response.start":
                rates.judge(key, address, message["status"])
            await send(message)

        await self.app(scope, receive, judged)


def _key(scope: Scope) -> int:
    return hash(next((value for name, value in scope["headers"] if name == b"authorization"), b""))


def _address(scope: Scope) -> str:
    """Of the peer; all who come through one socket file or proxy share theirs."""
    client = scope.get("client")
    return str(client[0]) if client else ""
