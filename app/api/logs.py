"""Logs of a job."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import PlainTextResponse, Response

from app.api.documented import fails, headers
from app.dependencies import Reader, ReadSession
from app.queries import ClosedQuery
from app.schemas.logs import LogLineView, LogList
from core.store import jobs, logs

router = APIRouter(prefix="/v1/jobs", tags=["logs"])

NDJSON = "application/x-ndjson"
TEXT = {"schema": {"type": "string"}}


class LogQuery(ClosedQuery):
    """Which lines."""

    tail: int = Field(1000, ge=1, le=10_000, description="so many of the last lines")
    level: Literal["info", "warning", "error"] | None = Field(None, description="only lines of this level")
    q: str | None = Field(None, max_length=200, description="part of the line")


@router.get(
    "/{job_id}/logs",
    summary="Show the log",
    response_model=LogList,
    responses=fails(404)
    | {200: {"content": {"text/plain": TEXT, NDJSON: TEXT}, "description": "As Accept asks.", **headers()}},
)
def list_logs(
    job_id: str, query: Annotated[LogQuery, Query()], who: Reader, session: ReadSession, request: Request
) -> Any:
    """The last lines, oldest first: JSON, or text or NDJSON where Accept asks for it."""
    jobs.get(session, job_id, who.sees)
    lines = logs.tail(session, job_id, query.tail, level=query.level, query=query.q)
    found = [LogLineView.of(line) for line in lines]
    wanted = request.headers.get("accept", "")
    if "text/plain" in wanted:
        return PlainTextResponse("".join(f"{line.text}\n" for line in found))
    if NDJSON in wanted:
        written = (json.dumps(line.model_dump(mode="json"), allow_nan=False) + "\n" for line in found)
        return Response("".join(written), media_type=NDJSON)
    return LogList(data=found)
