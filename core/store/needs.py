"""Why data or weights can't be deleted, or used, yet."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.errors import Conflict
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


def still_needed(
    thing: str, needed_by: Sequence[str], *, state: str, allowed_actions: Sequence[str] = ()
) -> Conflict:
    """Why the thing can't be deleted yet, and what helps: nothing that is done to the thing itself.

    thing        in words
    needed_by    what `needing` has found
    """
    if len(needed_by) == 1:
        detail, hint = f"1 unfinished job needs {thing}: {needed_by[0]}", "Cancel it, or wait for its end."
    else:
        many = f"{MOST} or more" if len(needed_by) == MOST else str(len(needed_by))
        detail = f"{many} unfinished jobs need {thing}, {needed_by[0]} among them"
        hint = "Cancel these jobs, or wait for their end."
    return Conflict(detail, state=state, allowed_actions=list(allowed_actions), hint=hint)


def not_ready(thing: str, state: str) -> Conflict:
    """The thing was brought, and is still being looked at, or was refused."""
    refused = state == "refused"
    hint = "Its `error` says why; bring another one." if refused else "Wait until its `state` is `ready`."
    return Conflict(f"the {thing} is {state}, not ready", state=state, allowed_actions=[], hint=hint)
