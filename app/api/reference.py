"""The reference of the API, for people."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from app.reference.page import page

router = APIRouter(include_in_schema=False)

# Nothing is loaded, and nothing runs: the page holds whatever it needs.
CLOSED = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


@router.get("/docs")
def show_reference(request: Request) -> HTMLResponse:
    """The OpenAPI document, as people read it."""
    return HTMLResponse(page(request.app.openapi()), headers=CLOSED)
