"""What the answers that are shown have in common."""

from datetime import UTC, datetime

from app.api.documented import JOB as JOB

OTHER_JOB = "job_01KAJ9GSQ60Y1R2W3E4R5T6Y80"
OWNER = "ada"
BEGAN = datetime(2026, 1, 31, 12, tzinfo=UTC)
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
