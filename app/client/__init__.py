"""The Python client.

from app.client import Distillery

with Distillery() as service:
    job = service.jobs.create(dataset="digits", student="mobilenet_v2").wait()
    job.checkpoint("student.safetensors")

Errors are those of core.errors: what the service answers with a code is raised as the class of that code.
"""

from app.client.comparison import Comparison, FeedEvent, Series
from app.client.datasets import Dataset, DatasetInfo
from app.client.distillery import Distillery
from app.client.download import Downloaded
from app.client.job import Job
from app.client.keys import KeyInfo, NewKey
from app.client.models import Model, ModelInfo
from app.client.predictions import Prediction
from app.client.queue import Queue, RunningJob, WaitingJob, Worker
from app.client.results import (
    Artifact,
    Estimate,
    Event,
    JobError,
    JobInfo,
    JobRow,
    LogLine,
    Metric,
    Progress,
    Summary,
    Validation,
)

__all__ = [
    "Artifact",
    "Comparison",
    "Dataset",
    "DatasetInfo",
    "Distillery",
    "Downloaded",
    "Estimate",
    "Event",
    "FeedEvent",
    "Job",
    "JobError",
    "JobInfo",
    "JobRow",
    "KeyInfo",
    "LogLine",
    "Metric",
    "Model",
    "ModelInfo",
    "NewKey",
    "Prediction",
    "Progress",
    "Queue",
    "RunningJob",
    "Series",
    "Summary",
    "Validation",
    "WaitingJob",
    "Worker",
]
