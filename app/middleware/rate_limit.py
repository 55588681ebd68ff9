"""Nobody asks so often that others have to wait."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors
from app.callers import Callers, presented_in
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
        presented = presented_in(Headers(scope=scope).get("authorization", "")) or ""
        key, address = hash(presented), _address(scope)
        try:
            counted = rates.let_in(key, address)
        except RateLimited as error:
            # What is still being sent is read first: else the client might never see the answer.
            if scope["method"] in METHODS_WITHOUT or await received(receive, keep=0) is not None:
                await errors.answer(error)(scope, receive, send)
            return None

        callers: Callers = scope["app"].state.callers

        async def judged(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 401:
                    rates.count_failed(key, address)
                # A few errors are told before the key is looked at: what they are says nothing of it.
                elif not counted and callers.has_lately_found(presented):
                    rates.count_sound(key)
            await send(message)

        await self.app(scope, receive, judged)


def _address(scope: Scope) -> str:
    """Of the peer; all who come through one socket file or proxy share theirs."""
    client = scope.get("client")
    return str(client[0]) if client else ""
