"""Files to download."""

from datetime import datetime
from typing import Self

from app.schemas.base import View
from core.store import tables


class ArtifactView(View):
    """A file to download, named by its sha256."""

    name: str
    bytes: int
    sha256: str
    media_type: str
    created_at: datetime
    href: str

    @classmethod
    def of(cls, artifact: tables.Artifact) -> Self:
        return cls(
            name=artifact.name, bytes=artifact.bytes, sha256=artifact.digest,
            media_type=artifact.media_type, created_at=artifact.created_at,
            href=f"/v1/jobs/{artifact.job_id}/artifacts/{artifact.name}",
        )  # fmt: skip


class ArtifactList(View):
    data: list[ArtifactView]
