"""What a job leaves: events, values, lines, files, and a comparison with another."""

from typing import Any

from app.answers.rows import BEGAN, DIGEST, JOB, OTHER_JOB
from app.schemas.artifacts import ArtifactList, ArtifactView
from app.schemas.compare import Comparison, Difference, JobColumn, ReportRow, ReportValue
from app.schemas.events import EventList, EventView
from app.schemas.feed import FeedEvent, FeedList
from app.schemas.logs import LogLineView, LogList
from app.schemas.metrics import MetricList, MetricView
from app.schemas.series import SeriesList, SeriesView
from app.streams import STREAM, message
from core.store.feed import Placed, Position
from core.store.metrics import Summary
from core.store.series import Bucket, Series
from core.store.tables import Artifact, Event, LogLine

NAME = "validation/accuracy"
EVENT = Event(job_id=JOB, seq=2, at=BEGAN, kind="state", data={"state": "running", "attempt": 1}, turn=8)
LINE = LogLine(job_id=JOB, attempt=1, line=1, at=BEGAN, level="info", text="epoch 1 of 15")
# Of the operations that also send something other than JSON.
TEXTS = {
    ("list_events", STREAM): message(EventView.of(EVENT), EVENT.seq, EVENT.kind),
    ("list_all_events", STREAM): message(
        FeedEvent.of_feed(Placed(EVENT, "")), Position.of(EVENT), EVENT.kind
    ),
    ("list_series", "text/csv"): f"name,step,epoch,seconds,value\r\n{NAME},12,1,3.5,0.71\r\n",
    ("get_report", "text/html"): '<!doctype html><html lang="en">…</html>\n',
    ("get_report", "text/markdown"): "# digits\n\nmobilenet_v2 (width 1, stem small), distilled from …\n",
    ("list_logs", "text/plain"): f"{LINE.text}\n",
    ("list_logs", "application/x-ndjson"): LogLineView.of(LINE).model_dump_json() + "\n",
}


def answers() -> dict[tuple[str, int], Any]:
    told = FeedEvent.of_feed(Placed(EVENT, ""))
    artifact = Artifact(
        job_id=JOB, name="student.safetensors", digest=DIGEST, bytes=9_214_216,
        media_type="application/octet-stream", attempt=1, created_at=BEGAN,
    )  # fmt: skip
    return {
        ("list_events", 200): EventList(data=[EventView.of(EVENT)], has_more=False),
        ("list_all_events", 200): FeedList(data=[told], has_more=False, next_after=told.position),
        ("list_metrics", 200): MetricList(
            data=[MetricView.of(Summary(NAME, 15, first=0.71, last=0.98, min=0.71, max=0.984))]
        ),
        ("list_series", 200): SeriesList(data=[_curve(JOB)]),
        ("query_metrics", 200): SeriesList(data=[_curve(JOB), _curve(OTHER_JOB)]),
        ("list_logs", 200): LogList(data=[LogLineView.of(LINE)]),
        ("list_artifacts", 200): ArtifactList(data=[ArtifactView.of(artifact)]),
        ("compare_jobs", 200): _comparison(),
    }


def _curve(job_id: str) -> SeriesView:
    buckets = [Bucket(12, 0.71, 0.71, 0.71), Bucket(24, 0.93, 0.93, 0.93)]
    return SeriesView.of(Series(job_id, NAME, 2, 1, buckets, [1, 1]), "step")


def _comparison() -> Comparison:
    values = [
        ReportValue(value=0.984, low=0.973, high=0.991),
        ReportValue(value=0.979, low=0.967, high=0.987),
    ]
    return Comparison(
        jobs=[
            JobColumn(id=JOB, name="digits", state="succeeded", device="cpu"),
            JobColumn(id=OTHER_JOB, name="another seed", state="succeeded", device="cpu"),
        ],
        differences=[Difference(pointer="/seed", values=[0, 1])],
        rows=[ReportRow(name="student_accuracy", unit="ratio", better="higher", values=values, best=[0])],
    )
