"""Curves of metrics: few points that say all, or all of them as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from app import examples
from app.api.documented import fails, headers
from app.dependencies import Reader, ReadSession, database
from app.queries import NO_QUERY, ClosedQuery
from app.schemas.series import MOST_SERIES, SeriesCut, SeriesList, SeriesQuestion, SeriesView
from core.errors import FieldError, InvalidSpec
from core.store import jobs, rollups, series
from core.store.series import Cut
from core.store.session import Database, Session

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
def list_series(
    job_id: str, query: Annotated[SeriesQuery, Query()], who: Reader, session: ReadSession, request: Request
) -> Any:
    """Each curve in at most `max_points` buckets; a spike of one step shows in the max of its bucket.

    The same question has the same answer as long as nothing is measured, and a curve that grows changes at
    its end only. With `Accept: text/csv` or `format=csv` every single value is sent.
    """
    _check_ends(query, "?to")
    jobs.check(session, job_id, who.sees)
    asked = [name for part in query.names for name in part.split(",") if name]
    names = list(dict.fromkeys(asked)) or rollups.names(session, job_id)
    if query.format == "csv" or CSV in request.headers.get("accept", ""):
        return StreamingResponse(_lines(database(request), job_id, names, query.cut()), media_type=CSV)
    _check(len(names), "?names")
    return _answer(session, [job_id], names, query)


@router.post(
    "/metrics/query", summary="Show curves of several jobs", dependencies=NO_QUERY, response_model=SeriesList,
    responses=fails(400, 404, 413, 415) | {200: headers()},
)  # fmt: skip
def query_metrics(question: Annotated[SeriesQuestion, QUESTION], who: Reader, session: ReadSession) -> Any:
    """Curves of many jobs at once, as those of one job are answered."""
    _check_ends(question, "/to")
    wanted, names = list(dict.fromkeys(question.jobs)), list(dict.fromkeys(question.names))
    _check(len(wanted) * len(names), "/names")
    for job_id in wanted:
        jobs.check(session, job_id, who.sees)
    return _answer(session, wanted, names, question)


def _check(count: int, place: str) -> None:
    if count > MOST_SERIES:
        detail = f"these are {count} curves, of at most {MOST_SERIES}: name fewer"
        raise InvalidSpec(errors=(FieldError(place, "too_long", detail, count),))


def _check_ends(cut: SeriesCut, place: str) -> None:
    if cut.is_empty():
        raise InvalidSpec(errors=(FieldError(place, "empty_range", "must not be less than from", cut.last),))


def _answer(session: Session, job_ids: Sequence[str], names: Sequence[str], cut: SeriesCut) -> Response:
    found = [
        series.read(session, job_id, name, cut.cut())
        for job_id in job_ids
        for name in names
        if _storable(name)
    ]
    answer = SeriesList(data=[SeriesView.of(curve, cut.x) for curve in found])
    return Response(answer.model_dump_json(), media_type="application/json")


def _storable(name: str) -> bool:
    """Whether there could be such a metric: PostgreSQL takes no NUL."""
    return "\0" not in name


def _lines(database: Database, job_id: str, names: Sequence[str], cut: Cut) -> Iterator[str]:
    """All values as CSV, read part by part: a slow listener holds neither a transaction nor memory."""
    yield _written([COLUMNS])
    for name in filter(_storable, names):
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
