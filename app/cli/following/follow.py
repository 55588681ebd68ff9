"""Follow a job to its end and say what became of it."""

from app.cli import exits
from app.cli.exits import Exit
from app.cli.following.bar import Bar
from app.cli.following.lines import Lines
from app.cli.following.situation import things_of
from app.cli.outcome import show_outcome
from app.cli.screen import say, stderr
from app.client import Job


def follow(job: Job, timeout: float | None, output: str) -> Exit:
    """Show how the job goes on. Ctrl-C stops the showing, never the job."""
    things, because = things_of(job), job.info.queued_because
    try:
        with Bar(job.id, things, because) if stderr().is_interactive else Lines(job.id, things) as shown:
            job.wait(on_event=shown.hear, timeout=timeout)
    except KeyboardInterrupt:
        say(f"\nThe job goes on. Come back with `distillery watch {job.id}`, or end it with "
            f"`distillery cancel {job.id}`.")  # fmt: skip
        return Exit.INTERRUPTED
    show_outcome(job, output)
    return exits.of_state(job.state)
