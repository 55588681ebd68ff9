"""Logs of a job."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, Response

from app.api.documented import fails
from app.dependencies import Reader, ReadSession
from app.schemas.logs import LogLineView, LogList
from core.store import jobs, logs

router = APIRouter(prefix="/v1/jobs", tags=["logs"])

NDJSON = "application/x-ndjson"


@router.get(
    "/{job_id}/logs",
    response_model=LogList,
    responses=fails(404, 422)
    | {200: {"content": {"text/plain": {}, NDJSON: {}}, "description": "As Accept asks."}},
)
def tail(
    job_id: str, who: Reader, session: ReadSession, request: Request,
    tail: Annotated[int, Query(ge=1, le=10_000, description="so many of the last lines")] = 1000,
    level: Literal["info", "warning", "error"] | None = None,
    q: Annotated[str | None, Query(max_length=200, description="part of the line")] = None,
) -> Any:  # fmt: skip
    """The last lines, oldest first: JSON, or text or NDJSON where Accept asks for it."""
    jobs.get(session, job_id, who.sees)
    found = [LogLineView.of(line) for line in logs.tail(session, job_id, tail, level=level, query=q)]
    wanted = request.headers.get("accept", "")
    if "text/plain" in wanted:
        return PlainTextResponse("".join(f"{line.text}\n" for line in found))
    if NDJSON in wanted:
        lines = (json.dumps(line.model_dump(mode="json"), allow_nan=False) + "\n" for line in found)
        return Response("".join(lines), media_type=NDJSON)
    return LogList(data=found)
