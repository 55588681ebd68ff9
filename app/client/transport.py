"""Send requests, again if an answer was lost, and raise what went wrong as errors of ours.

Every request can be sent again: a GET changes nothing, a PATCH and a DELETE lead to the same end, and a POST
carries a key of its own, by which the service does it once and repeats its first answer.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import IO, Any

import httpx2

from app.client.address import Address
from app.client.problems import FOREIGN, error_of, retry_after
from app.client.retry import Temporary, pause_after
from app.client.sending import Sending, Sent
from core.errors import DistilleryError, InvalidSpec, NotFound, Unreachable

TIMEOUT = httpx2.Timeout(30.0, connect=5.0)
# The request may have been fine; who answered could not pass it on, or not yet.
PASSING = frozenset({429, 502, 503, 504})
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Transport:
    """HTTP to one service."""

    def __init__(self, address: Address) -> None:
        headers = {"User-Agent": f"distillery/{version('distillery')}"}
        if address.key is not None:
            headers["Authorization"] = f"Bearer {address.key}"
        # A proxy of the environment can't reach what listens on this machine.
        self._http = httpx2.Client(
            base_url=address.url, headers=headers, timeout=TIMEOUT, trust_env=not address.is_loopback
        )

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The document at a path."""
        wanted = {name: value for name, value in (params or {}).items() if value is not None}
        return self._document("GET", path, params=wanted)

    def text(self, path: str, media_type: str) -> str:
        """What is at a path, in the form that this media type names."""
        found: str = self._document("GET", path, parse=_text, headers={"Accept": media_type})
        return found

    def post(self, path: str, body: Any = None) -> Any:
        """What a POST answers. Whatever it does is done once, however often it has to be sent."""
        headers = {"Idempotency-Key": secrets.token_urlsafe(16)}
        if body is None:
            return self._document("POST", path, headers=headers)
        headers["Content-Type"] = "application/json"
        return self._document("POST", path, content=_json(body), headers=headers)

    def upload(
        self, path: str, fields: Mapping[str, str], file: IO[bytes] | None = None, name: str = "",
        on_progress: Sent | None = None,
    ) -> Any:  # fmt: skip
        """What a form answers, with a file or without. It is kept once, however often it has to be sent."""
        form: dict[str, Any] = {field: (None, value) for field, value in fields.items()}
        if file is not None:
            # Last: a field that is wrong is noticed before it all.
            form["file"] = (name, Sending(file, on_progress), "application/octet-stream")
        headers = {"Idempotency-Key": secrets.token_urlsafe(16)}
        return self._document("POST", path, files=form, headers=headers)

    def patch(self, path: str, body: Any) -> Any:
        """What a PATCH answers. It sets values: done twice, it is as if done once."""
        headers = {"Content-Type": "application/json"}
        return self._document("PATCH", path, content=_json(body), headers=headers)

    def delete(self, path: str) -> None:
        """Remove what is at a path.

        NotFound    it is not there
        """
        # An answer that was lost may have been that it is done: what is gone the second time was there.
        self._document("DELETE", path, missing_is_done=True)

    @contextmanager
    def open(self, path: str, **options: Any) -> Iterator[httpx2.Response]:
        """The answer to one GET, its body still to be read.

        Temporary    it failed in a way that may pass, now or while its body is read
        """
        with self._once("GET", path, **options) as response:
            yield response

    def close(self) -> None:
        self._http.close()

    def _document(
        self,
        method: str,
        path: str,
        *,
        missing_is_done: bool = False,
        parse: Callable[[httpx2.Response], Any] | None = None,
        **options: Any,
    ) -> Any:
        tries = 0
        while True:
            try:
                with self._once(method, path, **options) as response:
                    response.read()
                    return (parse or _parse)(response) if response.content else None
            except NotFound:
                if missing_is_done and tries:
                    return None
                raise
            except Temporary as failure:
                tries += 1
                pause = pause_after(failure, tries)
                if pause is None:
                    raise failure.error from failure.__cause__
            time.sleep(pause)

    @contextmanager
    def _once(self, method: str, path: str, **options: Any) -> Iterator[httpx2.Response]:
        try:
            with self._http.stream(method, path, **options) as response:
                if response.status_code >= 400:
                    response.read()
                    _refuse(response)
                yield response
        except httpx2.TransportError as error:
            raise _lost(error, method, str(self._http.base_url)) from error


def _refuse(response: httpx2.Response) -> None:
    error = error_of(response)
    if response.status_code not in PASSING:
        raise error
    raise Temporary(error, retry_after=retry_after(response))


def _lost(error: httpx2.TransportError, method: str, url: str) -> Temporary:
    unsent = isinstance(error, NOT_SENT)
    detail = f"{url} does not answer: {error}" if unsent else f"the connection to {url} broke: {error}"
    hint = None if unsent or method == "GET" else "It may have been done: look before you repeat it."
    return Temporary(Unreachable(detail, hint=hint), retry_after=None)


def _json(body: Any) -> bytes:
    """NaN and Infinity are sent as they are: the service says where they stand."""
    try:
        return json.dumps(body).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidSpec(f"the spec can't be written as JSON: {error}") from error


def _text(response: httpx2.Response) -> str:
    return response.text


def _parse(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise DistilleryError(f"{response.request.url} did not answer with JSON", hint=FOREIGN) from error
