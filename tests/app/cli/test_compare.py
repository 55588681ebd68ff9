"""distillery compare, report; and what validate tells of earlier jobs."""

import json
from collections.abc import Callable

from app.client import Distillery, Job
from tests.app.cli.conftest import Command
from tests.app.worker_by_hand import WorkerByHand


def test_jobs_are_compared_in_a_table(command: Command, service: Distillery, trained: Job) -> None:
    service.jobs.create(name="next", dataset="digits", seed=7)

    lines = [line.split() for line in command("compare", "digits", "next").out.splitlines()]

    assert lines[0] == ["digits", "next"]
    assert ["state", "succeeded", "queued"] in lines
    assert ["seed", "0", "7"] in lines


def test_a_comparison_is_told_as_json(command: Command, service: Distillery, trained: Job) -> None:
    service.jobs.create(name="next", seed=7)

    found = json.loads(command("compare", trained.id, "@last", "-o", "json").out)

    assert [job["name"] for job in found["jobs"]] == ["digits", "next"]


def test_one_job_can_not_be_compared(command: Command, trained: Job) -> None:
    ended = command("compare", trained.id)

    assert ended.code == 10
    assert "2 to 10 different jobs" in ended.err


def test_a_report_is_printed(command: Command, trained: Job) -> None:
    assert command("report", "digits").out == "{}\n"


def test_a_report_is_printed_as_it_is_asked_for(
    command: Command, service: Distillery, work: Callable[[], WorkerByHand]
) -> None:
    service.jobs.create(name="paged")
    worker = work()
    worker.artifact("report.html", b"<!doctype html>\n")
    worker.artifact("model_card.md", b"# paged\n")
    worker.succeed()

    assert command("report", "paged", "--format", "html").out == "<!doctype html>\n"
    assert command("report", "paged", "--format", "markdown").out == "# paged\n"
    assert command("report", "paged").code == 6


def test_validating_tells_of_earlier_jobs(command: Command, trained: Job) -> None:
    same = command("validate", "--set", "dataset=digits")
    other = command("validate")

    assert "takes about" in same.err
    assert "from 1 job of yours with the same data set" in same.err
    assert f"the same as {trained.id}" in same.err
    assert "no estimate: no job of yours" in other.err
