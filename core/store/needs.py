"""Which jobs still need the weights that somebody wants to delete."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.lifecycle import FINISHED, JobState
from core.store.tables import Job

MOST = 10
_UNFINISHED = sorted(set(JobState) - FINISHED)


def needing(session: Session, source: str) -> Sequence[str]:
    """Some of the unfinished jobs that start from this model, or from the teacher of this job."""
    named = [Job.resolved[role]["source"]["id"].as_string() == source for role in ("teacher", "student")]
    statement = select(Job.id).where(Job.state.in_(_UNFINISHED), named[0] | named[1])
    return list(session.scalars(statement.limit(MOST)))
