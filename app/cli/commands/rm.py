"""distillery rm"""

import click

from app.cli.exits import Exit
from app.cli.naming import job_named
from app.cli.screen import answer, say
from app.client import Distillery
from core.errors import Conflict


@click.command()
@click.argument("jobs", nargs=-1, required=True, metavar="JOB…")
def rm(jobs: tuple[str, ...]) -> Exit:
    """Remove jobs that have ended.

    With them go their events, metrics, logs and files. There is no way back, so that JOB has no default.
    One that has not ended stays; the others are removed. A name that several jobs have removes none.

    \b
    distillery rm job_01J8 digits
    """
    with Distillery() as service:
        # All are looked up before one is removed: a typo changes nothing.
        kept: dict[str, Conflict] = {}
        for job in [job_named(service, job, alone=True) for job in jobs]:
            try:
                job.delete()
            except Conflict as conflict:
                kept[job.id] = conflict
            else:
                answer(job.id)
    if not kept:
        return Exit.OK
    say(f"error: {len(kept)} of {len(jobs)} jobs can't be removed", "red")
    for job_id, why in kept.items():
        say(f"  {job_id}: {why.detail}. {why.advice}")
    return Exit.CONFLICT
