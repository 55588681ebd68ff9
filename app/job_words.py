"""A job as JSON: written once, but for what the moment tells."""

import json
from dataclasses import dataclass

from app.job_views import queued_because, view_of
from app.schemas.jobs import JobView, wall_seconds
from core.store.polled import Moment
from core.store.tables import Job

# The fields that differ from one moment to the next, though nobody has touched the job.
_PASSING = ("queue_position", "queued_because", "wall_seconds")


@dataclass(frozen=True)
class JobWords:
    """The text of a job around what passes, in the order of the fields."""

    lasting: tuple[str, ...]

    @classmethod
    def of(cls, job: Job) -> "JobWords":
        view = view_of(job, None, None)
        return cls(tuple(_members(view, fields) for fields in _PARTS))

    def at(self, moment: Moment) -> str:
        """The whole text, as `JobView` would write it now."""
        job, position = moment.job, moment.position
        because = None if position is None else queued_because(job, position, moment.gpus)
        passing = zip(_PASSING, (position, because, wall_seconds(job)), strict=True)
        told = [f'"{name}":{json.dumps(value)}' for name, value in passing]
        first, between, last = self.lasting
        return f"{{{first},{told[0]},{told[1]},{between},{told[2]},{last}}}"


def _members(view: JobView, fields: set[str]) -> str:
    """Some fields, without the braces around them."""
    return view.model_dump_json(include=fields)[1:-1]


def _parts() -> tuple[set[str], ...]:
    """The fields before, between and behind those that pass."""
    fields = list(JobView.model_fields)
    place, _, wall = (fields.index(name) for name in _PASSING)
    return set(fields[:place]), set(fields[place + 2 : wall]), set(fields[wall + 1 :])


_PARTS = _parts()
