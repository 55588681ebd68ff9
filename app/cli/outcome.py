"""What became of a job that has ended."""

from app.cli.screen import answer, answer_json, say
from app.cli.wording import compared, duration, percent
from app.client import Job, JobError, Summary


def show_outcome(job: Job, output: str) -> None:
    """The result on stdout; the reason of a failure, and what to do next, on stderr."""
    if output == "json":
        answer_json(job.info)
    else:
        took = "" if job.info.wall_seconds is None else f" after {duration(job.info.wall_seconds)}"
        answer(f"{job.id} {job.state}{took}")
        if job.summary is not None:
            answer(in_short(job.summary))
    if job.error is not None:
        show_cause(job.error)
        say(f"Its log: `distillery logs {job.id}`")
    elif job.state == "cancelled":
        say(f"Take it up again with `distillery retry {job.id}`")
    elif job.state == "succeeded":
        say(f"Download the student with `distillery pull {job.id}`")


def in_short(summary: Summary) -> str:
    """How good both are, and what was gained, as far as it was measured."""
    teacher, student = qualities(summary)
    gained = (
        (summary.compression, "smaller", "larger", "as large"),
        (summary.speedup, "faster", "slower", "as fast"),
    )
    told = ", ".join(compared(ratio, *words) for ratio, *words in gained if ratio)
    return f"teacher {teacher}, student {student}" + (f"; {told}" if told else "")


def qualities(summary: Summary) -> tuple[str, str]:
    """How good teacher and student are: accuracies, or of a regression its errors."""
    if summary.student_mse is not None and summary.teacher_mse is not None:
        return f"mse {summary.teacher_mse:.4g}", f"mse {summary.student_mse:.4g}"
    return percent(summary.teacher_accuracy), percent(summary.student_accuracy)


def show_cause(error: JobError) -> None:
    place = f" in phase {error.phase}" if error.phase else ""
    say(f"error: {error.code}{place}, attempt {error.attempt}: {error.detail}", "red")
    if error.hint:
        say(error.hint)
