"""Metrics of a job."""

from fastapi import APIRouter

from app.api.documented import fails, headers
from app.dependencies import Reader, ReadSession
from app.queries import NO_QUERY
from app.schemas.metrics import MetricList, MetricView
from core.store import jobs, metrics

router = APIRouter(prefix="/v1/jobs", tags=["metrics"])


@router.get(
    "/{job_id}/metrics",
    summary="List metrics",
    dependencies=NO_QUERY,
    responses=fails(404) | {200: headers()},
)
def list_metrics(job_id: str, who: Reader, session: ReadSession) -> MetricList:
    """Every metric that was measured, with its first, last, lowest, highest and best value."""
    jobs.get(session, job_id, who.sees)
    return MetricList(data=[MetricView.of(found) for found in metrics.summaries(session, job_id)])
