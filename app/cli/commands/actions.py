"""distillery pause, resume, stop, cancel, retry"""

from collections.abc import Callable
from textwrap import dedent

import click

from app.cli import options
from app.cli.naming import job_named
from app.cli.screen import answer, answer_json
from app.client import Distillery, Job


def _command(action: Callable[[Job], Job], meaning: str) -> click.Command:
    name = action.__name__
    examples = f"\b\ndistillery {name} @last\ndistillery {name} job_01J8 digits"

    @click.command(name, help=f"{dedent(meaning).strip()}\n\n{examples}")
    @click.argument("jobs", nargs=-1, required=True, metavar="JOB…")
    @options.output
    def ask(jobs: tuple[str, ...], output: str) -> None:
        with Distillery() as service:
            # All are looked up before anything is asked of one: a typo changes nothing.
            found = [action(job) for job in [job_named(service, job) for job in jobs]]
        if output == "json":
            answer_json([job.info for job in found])
            return
        for job in found:
            answer(f"{job.id} {job.state}")

    return ask


pause = _command(
    Job.pause,
    """
    Pause jobs.

    A running one writes a checkpoint and gives its worker free; `distillery resume` lets it go on from there.
    Nothing that was trained is lost.
    """,
)
resume = _command(
    Job.resume,
    """
    Let paused jobs go on.

    They are queued again and start from their checkpoint. One still on its way to a pause goes on, too.
    """,
)
stop = _command(
    Job.stop,
    """
    End the training of running jobs early.

    They finish their epoch and succeed with the best student so far. To end one without a result, cancel it.
    """,
)
cancel = _command(
    Job.cancel,
    """
    Cancel jobs.

    A running one ends within seconds; the students that it has stay downloadable.
    """,
)
retry = _command(
    Job.retry,
    """
    Queue failed or cancelled jobs again.

    They go on from their last checkpoint, where they have one. What led to a failure is to be mended first.
    """,
)
