"""What every answer stands on, and the shape of an error."""

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FieldProblem(View):
    """One thing that is wrong, and where.

    pointer    a JSON pointer into the body (RFC 6901); `?name` is a query parameter, `header Name` a header
    """

    model_config = ConfigDict(extra="allow")
    pointer: str
    code: str
    detail: str


class Problem(BaseModel):
    """application/problem+json, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    hint: str | None = None
    errors: list[FieldProblem] | None = None
    state: str | None = None
    allowed_actions: list[str] | None = None
