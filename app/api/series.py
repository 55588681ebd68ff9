"""Curves of metrics: few points that say all, or all of them as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from app import examples
from app.api.documented import fails, headers
from app.curves import Curves, Question, names_of
from app.dependencies import Reader, database
from app.queries import NO_QUERY, ClosedQuery
from app.schemas.series import MOST_SERIES, SeriesCut, SeriesList, SeriesQuestion
from core.errors import FieldError, InvalidSpec
from core.store import series
from core.store.series import Cut
from core.store.session import Database

router = APIRouter(prefix="/v1", tags=["metrics"])

CSV = "text/csv"
COLUMNS = ("name", "step", "epoch", "seconds", "value")
QUESTION = Body(openapi_examples=examples.SERIES)


class SeriesQuery(SeriesCut, ClosedQuery):
    """Which curves of a job."""

    names: list[str] = Field(
        [], max_length=MOST_SERIES, description="of metrics, several with commas; all without one"
    )
    format: Literal["json", "csv"] = Field("json", description="csv: every value, whatever max_points is")


@router.get(
    "/jobs/{job_id}/metrics/series",
    summary="Show curves",
    response_model=SeriesList,
    responses=fails(404)
    | {
        200: {
            "content": {CSV: {"schema": {"type": "string"}}},
            "description": "Buckets, or all values as CSV.",
            **headers(),
        }
    },
)
async def list_series(
    job_id: str, query: Annotated[SeriesQuery, Query()], who: Reader, request: Request
) -> Any:  # fmt: skip
    """Each curve in at most `max_points` buckets; a spike of one step shows in the max of its bucket.

    The same question has the same answer as long as nothing is measured, and a curve that grows changes at
    its end only. With `Accept: text/csv` or `format=csv` every single value is sent.
    """
    _check_ends(query, "?to")
    asked = [name for part in query.names for name in part.split(",") if name]
    question = Question(who.sees, (job_id,), tuple(dict.fromkeys(asked)), query.cut(), "?names")
    if query.format == "csv" or CSV in request.headers.get("accept", ""):
        names = await run_in_threadpool(_names, database(request), question)
        return StreamingResponse(_lines(database(request), job_id, names, query.cut()), media_type=CSV)
    return await _answer(request, question)


@router.post(
    "/metrics/query", summary="Show curves of several jobs", dependencies=NO_QUERY, response_model=SeriesList,
    responses=fails(400, 404, 413, 415) | {200: headers()},
)  # fmt: skip
async def query_metrics(question: Annotated[SeriesQuestion, QUESTION], who: Reader, request: Request) -> Any:
    """Curves of many jobs at once, as those of one job are answered."""
    _check_ends(question, "/to")
    wanted, names = dict.fromkeys(question.jobs), dict.fromkeys(question.names)
    return await _answer(request, Question(who.sees, tuple(wanted), tuple(names), question.cut(), "/names"))


def _check_ends(cut: SeriesCut, place: str) -> None:
    if cut.is_empty():
        raise InvalidSpec(errors=(FieldError(place, "empty_range", "must not be less than from", cut.last),))


async def _answer(request: Request, question: Question) -> Response:
    curves: Curves = request.app.state.curves
    return Response(await curves.shown(question), media_type="application/json")


def _names(database: Database, question: Question) -> list[str]:
    with database.reading() as session:
        return names_of(session, question)


def _lines(database: Database, job_id: str, names: Sequence[str], cut: Cut) -> Iterator[str]:
    """All values as CSV, read part by part: a slow listener holds neither a transaction nor memory."""
    yield _written([COLUMNS])
    for name in names:
        step = -1
        while True:
            with database.reading() as session:
                found = series.points(session, job_id, name, cut, step)
            if found:
                yield _written((name, *row) for row in found)
            if len(found) < series.BATCH:
                break
            step = found[-1].step


def _written(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
