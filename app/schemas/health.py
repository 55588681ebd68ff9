"""Whether the service can do its work."""

from app.schemas.base import View


class Verdict(View):
    """How one part of the service is."""

    ok: bool
    detail: str


class Readiness(View):
    """Whether the service can do its work; `checks` says which part can't."""

    ready: bool
    checks: dict[str, Verdict]
