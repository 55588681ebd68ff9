"""Which job somebody means: its id, the beginning of one, its name, or @last."""

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

import click

from app.cli.screen import say
from app.client import Distillery, Job, JobRow
from core import ids
from core.errors import NotFound

LAST = "@last"
LONGEST = 200
MOST_IDS = 5


def job_named(service: Distillery, text: str, *, alone: bool = False) -> Job:
    """The job that is meant; of several of that name the newest, unless it must be alone.

    NotFound              there is none
    click.UsageError      there are several
    """
    if text == LAST:
        return service.jobs.get(_newest(service).id)
    if ids.is_id("job", text):
        return service.jobs.get(text)
    if not text.strip() or not text.isprintable() or len(text) > LONGEST:
        raise click.UsageError(f"{text!r} is neither an id nor a name")
    return service.jobs.get(_by_prefix(service, text) or _by_name(service, text, alone))


def several(kind: str, text: str, found: Sequence[str]) -> str:
    """What is said where only one may be meant, with the ids to choose from."""
    rest = ", …" if len(found) > MOST_IDS else ""
    return f"{len(found)} {kind} are meant by {text}, name one by its id: {', '.join(found[:MOST_IDS])}{rest}"


def _newest(service: Distillery) -> JobRow:
    newest = next(service.jobs.list(page_size=1), None)
    if newest is None:
        raise NotFound("there is no job yet", hint="Submit one with `distillery run`.")
    return newest


def _by_prefix(service: Distillery, text: str) -> str | None:
    prefix = f"job_{text.removeprefix('job_')}"
    found = [row.id for row in islice(_beginning_with(service, prefix), 4)]
    if len(found) > 1:
        raise click.UsageError(f"several jobs begin with {text}: {', '.join(found)} …")
    return found[0] if found else None


def _beginning_with(service: Distillery, prefix: str) -> Iterator[JobRow]:
    """Ids sort by time, newest first: behind those that match there can be no other."""
    reached = takewhile(lambda row: row.id >= prefix, service.jobs.list())
    return (row for row in reached if row.id.startswith(prefix))


def _by_name(service: Distillery, name: str, alone: bool) -> str:
    found = [row for row in islice(service.jobs.list(q=name), 1000) if row.name == name]
    if not found:
        raise NotFound(
            f"no job has the name {name!r}, or an id that begins so",
            hint="`distillery ls` shows which jobs there are.",
        )
    if len(found) > 1 and alone:
        raise click.UsageError(several("jobs", name, [row.id for row in found]))
    if len(found) > 1:
        say(f"{len(found)} jobs are named {name}: taking the newest, {found[0].id}", "yellow")
    return found[0].id
