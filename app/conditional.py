"""Requests that depend on the version that the caller knows: If-None-Match and If-Match of RFC 9110."""

from starlette.requests import Request

from core.errors import Changed


def is_known(request: Request, etag: str) -> bool:
    """Whether the caller names this version among those it has. The comparison is weak: W/ does not count."""
    named = ",".join(request.headers.getlist("if-none-match"))
    return named.strip() == "*" or _strong(etag) in {_strong(part) for part in named.split(",")}


def check_unchanged(request: Request, etag: str) -> None:
    """Let an action through unless If-Match names another version than this one, or none at all.

    Changed    what the caller saw is no longer so
    """
    sent = request.headers.getlist("if-match")
    named = ",".join(sent)
    if sent and named.strip() != "*" and _strong(etag) not in {_strong(p) for p in named.split(",")}:
        raise Changed(f"the job has changed: it is now version {etag}")


def _strong(etag: str) -> str:
    return etag.strip().removeprefix("W/")
