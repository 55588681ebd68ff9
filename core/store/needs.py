"""Which jobs still need the data or the weights that somebody wants to delete."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.lifecycle import FINISHED, JobState
from core.store.tables import Job

MOST = 10
_UNFINISHED = sorted(set(JobState) - FINISHED)


def needing(session: Session, thing: str) -> Sequence[str]:
    """Some of the unfinished jobs that use this data set, this model, or the teacher of this job."""
    weights = (Job.resolved[role]["source"]["id"] for role in ("teacher", "student"))
    named = [place.as_string() == thing for place in (Job.resolved["dataset"]["id"], *weights)]
    statement = select(Job.id).where(Job.state.in_(_UNFINISHED), or_(*named))
    return list(session.scalars(statement.limit(MOST)))
