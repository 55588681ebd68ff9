"""What a person downloads."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from app import ranges
from app.api.documented import Responses, fails, headers, unchanged
from app.conditional import is_known
from app.dependencies import Files, Reader, ReadSession
from app.queries import NO_QUERY, ClosedQuery
from app.ranges import Part
from app.schemas.artifacts import ArtifactList, ArtifactView
from core.store import artifacts, jobs
from core.store.tables import Artifact

router = APIRouter(prefix="/v1/jobs", tags=["artifacts"])

CHECKPOINT = {"safetensors": "student.safetensors", "pt": "student.pt"}
BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
SENT = ("ETag", "Repr-Digest", "Accept-Ranges", "Content-Disposition")
WHOLE: dict[str, Any] = {"description": "The whole file.", **BYTES, **headers(*SENT)}
PART: dict[str, Any] = {
    "description": "The part that Range asked for.", **BYTES, **headers(*SENT, "Content-Range"),
}  # fmt: skip
DOWNLOAD: Responses = fails(404, 416) | unchanged() | {200: WHOLE, 206: PART}


class CheckpointQuery(ClosedQuery):
    format: Literal["safetensors", "pt"] = Field("safetensors", description="of the file")


class BlobResponse(FileResponse):
    """A file that never changes, or parts of it."""

    chunk_size = 1 << 20
    parts: Sequence[Part] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = [(k, v) for k, v in scope["headers"] if k not in (b"range", b"if-range")]
        if self.parts:
            asked = ",".join(f"{first}-{last}" for first, last in self.parts)
            kept.append((b"range", f"bytes={asked}".encode()))
        await super().__call__({**scope, "headers": kept}, receive, send)


@router.get(
    "/{job_id}/artifacts",
    summary="List files",
    dependencies=NO_QUERY,
    responses=fails(404) | {200: headers()},
)
def list_artifacts(job_id: str, who: Reader, session: ReadSession) -> ArtifactList:
    """Every file of the job, with its size and sha256."""
    jobs.get(session, job_id, who.sees)
    return ArtifactList(data=[ArtifactView.of(found) for found in artifacts.of_job(session, job_id)])


@router.get(
    "/{job_id}/artifacts/{name}",
    summary="Download a file",
    dependencies=NO_QUERY,
    response_class=Response,
    responses=DOWNLOAD,
)
def download_artifact(
    job_id: str, name: str, who: Reader, session: ReadSession, files: Files, request: Request
) -> Response:
    """One file, whole or in part. Repr-Digest and ETag carry its sha256."""
    jobs.get(session, job_id, who.sees)
    artifact = artifacts.get(session, job_id, name)
    return _blob(artifact, files.path(artifact.digest), request)


@router.get(
    "/{job_id}/checkpoint", summary="Download the student", response_class=Response, responses=DOWNLOAD
)
def download_checkpoint(
    job_id: str, query: Annotated[CheckpointQuery, Query()], who: Reader, session: ReadSession, files: Files,
    request: Request,
) -> Response:  # fmt: skip
    """The distilled student: what people come for."""
    return download_artifact(job_id, CHECKPOINT[query.format], who, session, files, request)


def _blob(artifact: Artifact, path: Path, request: Request) -> Response:
    etag = f'"{artifact.digest}"'
    headers = {
        "ETag": etag,
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(artifact.digest)).decode()}:",
        "Cache-Control": "private, no-cache",
    }
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    answer = BlobResponse(path, headers=headers, media_type=artifact.media_type, filename=artifact.name)
    # If-Range: a part is of use only beside what the caller has of this very file.
    if "range" in request.headers and request.headers.get("if-range", etag) == etag:
        answer.parts = ranges.parts(request.headers["range"], artifact.bytes)
    return answer
