"""Where a list goes on."""

from urllib.parse import urlencode

from starlette.requests import Request


def link(request: Request, cursor: str | None) -> dict[str, str]:
    """The header that names the next page, RFC 8288; none at the end."""
    if cursor is None:
        return {}
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    following = urlencode([*asked, ("cursor", cursor)])
    return {"Link": f'<{request.scope["path"]}?{following}>; rel="next"'}
