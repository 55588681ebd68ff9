"""Where a list goes on."""

from starlette.requests import Request


def link(request: Request, cursor: str | None) -> dict[str, str]:
    """The header that names the next page, RFC 8288; none at the end."""
    if cursor is None:
        return {}
    following = request.url.include_query_params(cursor=cursor)
    return {"Link": f'<{following.path}?{following.query}>; rel="next"'}
