"""Lists of jobs, page by page, in any of a few orders. Each page costs the same, however many came before.

A page begins behind a position, the sort key and the id of the last job seen, which an index finds at once.
Ids sort by creation, so that the order of creation needs no key beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, literal, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from core import ids
from core.lifecycle import JobState
from core.store.search import contains
from core.store.tables import Job, JobTag
from core.store.unchanged import ASKED, MARKS, Known, current, nothing

LATER = (Job.spec, Job.resolved, Job.origins)
# Rows, which have every attribute of a Job that is shown, and are read in half the time.
_ROWS = select(
    *(column for column in Job.__table__.columns if column.key not in {later.key for later in LATER})
).where(ASKED)
# An id is made a moment before or after the time that is written beside it, perhaps on a clock being set.
APART_SECONDS = 60.0


class Sort(StrEnum):
    """The order of a list; with a minus, the largest or latest comes first."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    LATEST_CHANGE = "-updated_at"
    EARLIEST_CHANGE = "updated_at"
    HIGHEST_PRIORITY = "-priority"
    LOWEST_PRIORITY = "priority"

    @property
    def descends(self) -> bool:
        return self.value.startswith("-")


_Id = InstrumentedAttribute[str]
KEY: dict[Sort, InstrumentedAttribute[Any]] = {
    Sort.LATEST_CHANGE: Job.updated_at,
    Sort.EARLIEST_CHANGE: Job.updated_at,
    Sort.HIGHEST_PRIORITY: Job.priority,
    Sort.LOWEST_PRIORITY: Job.priority,
}


@dataclass(frozen=True)
class Wanted:
    """Which jobs, in which order.

    states    in one of these; in any, if there is none
    tags      with all of these
    text      part of the name
    """

    states: Sequence[JobState] = ()
    tags: Sequence[str] = ()
    text: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    sort: Sort = Sort.NEWEST


@dataclass(frozen=True)
class Position:
    """The last job of a page: what it is sorted by, None for its creation, and its id."""

    key: datetime | int | None
    job_id: str


@dataclass(frozen=True)
class Page:
    """Some jobs, and the position to go on from; None at the end."""

    jobs: list[Job]
    last: Position | None


NEWEST_FIRST = Wanted()


def page(
    session: Session, owner: str | None, *, limit: int, wanted: Wanted = NEWEST_FIRST,
    behind: Position | None = None, known: Known = nothing,
) -> Page:  # fmt: skip
    """Up to `limit` jobs behind a position, without their specs. `owner` None sees all.

    known    jobs of earlier pages: one that has not changed is not read again
    """
    marks = session.execute(statement(owner, wanted, behind, limit + 1))
    found = list(current(session, marks, _ROWS, known).values())
    last = _position(found[limit - 1], wanted.sort) if len(found) > limit else None
    return Page(found[:limit], last)


def statement(owner: str | None, wanted: Wanted, behind: Position | None, limit: int) -> Select[Any]:
    """What is asked of the database: which jobs, and whether they have changed."""
    states = set(wanted.states)
    if len(states) < 2 or wanted.tags or wanted.sort in KEY:
        return _cut(MARKS, owner, wanted, behind, states).limit(limit)
    # Several states are several places of an index: each gives its first jobs, and those are merged.
    first = (
        _cut(select(Job.id), owner, wanted, behind, {state}).limit(limit).subquery()
        for state in sorted(states)
    )
    some = union_all(*(select(each.c.id) for each in first)).subquery()
    merged = MARKS.where(Job.id.in_(select(some.c.id)))
    return _ordered(merged, wanted.sort, Job.id).limit(limit)


def _cut(
    query: Select[Any], owner: str | None, wanted: Wanted, behind: Position | None, states: set[JobState]
) -> Select[Any]:
    """The jobs that are wanted, in order, from the position on."""
    identity: _Id = Job.id
    by_id = wanted.sort not in KEY
    if wanted.tags:
        query, first = _tagged(query, owner, wanted.tags)
        # In order of creation the tag's own index is walked, and nothing else is said of the owner: a
        # database that has no statistics would rather walk all jobs of the owner.
        identity = first if by_id else identity
    if owner is not None and not (wanted.tags and by_id):
        query = query.where(Job.owner == owner)
    if len(states) == 1:
        query = query.where(Job.state == next(iter(states)))
    elif states:
        query = query.where(Job.state.in_(sorted(states)))
    if wanted.text is not None:
        query = query.where(contains(Job.name, wanted.text))
    query = _created(query, wanted, identity)
    if behind is not None:
        query = query.where(_behind(wanted.sort, behind, identity))
    return _ordered(query, wanted.sort, identity)


def _tagged(query: Select[Any], owner: str | None, tags: Sequence[str]) -> tuple[Select[Any], _Id]:
    """The jobs with all of the tags, and where the first tag keeps their ids."""
    named = [aliased(JobTag) for _ in dict.fromkeys(tags)]
    for each, tag in zip(named, dict.fromkeys(tags), strict=True):
        query = query.join(each, (each.job_id == Job.id) & (each.tag == tag))
        if owner is not None:
            query = query.where(each.owner == owner)
    return query, named[0].job_id


def _created(query: Select[Any], wanted: Wanted, identity: _Id) -> Select[Any]:
    """Between two moments, both left out. In order of creation, the rest of the index is not looked at."""
    by_id = wanted.sort not in KEY
    if wanted.created_after is not None:
        query = query.where(Job.created_at > wanted.created_after)
        if by_id:
            query = query.where(identity > _id_at(wanted.created_after, -APART_SECONDS))
    if wanted.created_before is not None:
        query = query.where(Job.created_at < wanted.created_before)
        if by_id:
            query = query.where(identity < _id_at(wanted.created_before, APART_SECONDS))
    return query


def _id_at(moment: datetime, apart_seconds: float) -> str:
    return ids.earliest("job", moment.timestamp() + apart_seconds)


def _behind(sort: Sort, position: Position, identity: _Id) -> Any:
    if sort not in KEY:
        return identity < position.job_id if sort.descends else identity > position.job_id
    here = tuple_(KEY[sort], identity)
    there = tuple_(literal(position.key, KEY[sort].type), literal(position.job_id))
    return here < there if sort.descends else here > there


def _ordered(query: Select[Any], sort: Sort, identity: _Id) -> Select[Any]:
    columns = [KEY[sort], identity] if sort in KEY else [identity]
    return query.order_by(*(column.desc() if sort.descends else column.asc() for column in columns))


def _position(job: Job, sort: Sort) -> Position:
    return Position(getattr(job, KEY[sort].key) if sort in KEY else None, job.id)
