"""Requests that depend on what the caller already has: If-None-Match, as RFC 9110 says."""

from starlette.requests import Request


def is_known(request: Request, etag: str) -> bool:
    """Whether the caller names this version among those it has. The comparison is weak: W/ does not count."""
    named = ",".join(request.headers.getlist("if-none-match"))
    return named.strip() == "*" or _strong(etag) in {_strong(part) for part in named.split(",")}


def _strong(etag: str) -> str:
    return etag.strip().removeprefix("W/")
