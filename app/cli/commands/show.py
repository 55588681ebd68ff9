"""distillery show"""

from collections.abc import Iterator
from typing import Any

import click

from app.cli import options
from app.cli.naming import job_named
from app.cli.outcome import in_short, show_cause
from app.cli.screen import answer_json, answer_table, columns, plain
from app.cli.wording import ago, duration, size
from app.client import Distillery, Job


@click.command()
@options.job
@options.output
def show(job: str, output: str) -> None:
    """Show a job: its state, networks, result and files.

    \b
    distillery show digits
    distillery show @last -o json
    """
    with Distillery() as service:
        found = job_named(service, job)
        if output == "json":
            answer_json(found.info)
            return
        table = columns()
        for label, value in _facts(found):
            table.add_row(label, plain(value))
    answer_table(table)
    if found.error is not None:
        show_cause(found.error)


def _facts(job: Job) -> Iterator[tuple[str, str]]:
    info, spec = job.info, job.info.resolved_spec
    yield "job", job.id
    if job.name is not None:
        yield "name", job.name
    yield "state", _state(job)
    yield "data", spec["dataset"].get("name") or spec["dataset"]["id"]
    yield "teacher", _reused(job) or _network(spec["teacher"])
    yield "student", _network(spec["student"])
    if job.summary is not None:
        yield "result", in_short(job.summary)
    yield "created", f"{info.created_at:%Y-%m-%d %H:%M:%S} UTC, {ago(info.created_at)}"
    if info.wall_seconds is not None:
        yield "took" if job.finished else "runs for", duration(info.wall_seconds)
    for artifact in job.artifacts():
        yield "file", f"{artifact.name}  {size(artifact.bytes)}"
    if info.allowed_actions:
        yield "you can", ", ".join(info.allowed_actions)


def _network(network: dict[str, Any]) -> str:
    """The architecture, and where its weights come from unless this job makes them."""
    source = network["source"]
    match source["kind"]:
        case "model" | "job":
            return f"{network['architecture']}, from {source['id']}"
        case "pretrained":
            return f"{network['architecture']}, from torchvision's weights"
        case _:
            return str(network["architecture"])


def _reused(job: Job) -> str | None:
    """The teacher that an earlier job trained, if this one took it; told before anything is trained."""
    source = job.info.resolved_spec["teacher"]["source"]
    if not source.get("reuse") or not job.info.attempt:
        return None
    taken = next((event.data for event in job.events() if event.kind == "teacher_reused"), None)
    if taken is None:
        return None
    return f"{_network(job.info.resolved_spec['teacher'])}, reused: {taken['model']} of {taken['job']}"


def _state(job: Job) -> str:
    """The state, with why it waits or how far it is."""
    if job.info.queued_because:
        return f"{job.state}: {job.info.queued_because}, position {job.info.queue_position}"
    if job.progress is None or job.finished:
        return job.state
    parts = [job.state, job.info.phase or "", f"{100 * job.progress.fraction:.0f} %"]
    if job.progress.eta_seconds is not None:
        parts.append(f"{duration(job.progress.eta_seconds)} left")
    return ", ".join(part for part in parts if part)
