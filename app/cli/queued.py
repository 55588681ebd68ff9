"""What a command does with the job that it has queued: follow it, or say which it is."""

from app.cli.complaint import warn
from app.cli.exits import Exit
from app.cli.following.follow import follow
from app.cli.screen import answer, answer_json, say
from app.client import Job


def queued(job: Job, detach: bool, timeout: float | None, output: str) -> Exit:
    """Follow it to its end, unless somebody goes away: then its id is the answer."""
    warn(job.info.warnings)
    if not detach:
        say(f"queued as {job.id}")
        return follow(job, timeout, output)
    if output == "json":
        answer_json(job.info)
    else:
        answer(job.id)
    return Exit.OK
