"""A job is meant by its id, the beginning of it, its name, or @last."""

import json

from app.client import Distillery
from tests.app.cli.conftest import Command

SHOW = ("show", "-o", "json")


def shown(command: Command, text: str) -> str:
    return str(json.loads(command("show", text, "-o", "json").out)["id"])


def test_the_newest_job_is_meant_where_none_is_named(command: Command, service: Distillery) -> None:
    service.jobs.create(name="older")
    newest = service.jobs.create().id

    assert json.loads(command("show", "-o", "json").out)["id"] == newest
    assert shown(command, "@last") == newest


def test_a_job_is_meant_by_its_id_or_the_beginning_of_it(command: Command, service: Distillery) -> None:
    job, other = service.jobs.create().id, service.jobs.create().id
    # Jobs of one test are young alike: their ids differ late only.
    unique = next(job[:end] for end in range(5, 30) if not other.startswith(job[:end]))

    assert shown(command, job) == job
    assert shown(command, unique) == job
    assert shown(command, unique.removeprefix("job_")) == job


def test_a_beginning_that_several_have_is_refused(command: Command, service: Distillery) -> None:
    ids = [service.jobs.create().id for _ in range(2)]

    ended = command("show", "job_0")

    assert ended.code == 2
    assert all(job in ended.err for job in ids)


def test_a_name_means_the_newest_that_has_it(command: Command, service: Distillery) -> None:
    service.jobs.create(name="digits")
    newest = service.jobs.create(name="digits").id
    service.jobs.create(name="digits and more")

    ended = command("show", "digits", "-o", "json")

    assert json.loads(ended.out)["id"] == newest
    assert f"2 jobs are named digits: taking the newest, {newest}" in ended.err


def test_nothing_is_meant(command: Command, service: Distillery) -> None:
    assert command("show").code == 6
    service.jobs.create(name="digits")

    for unknown in ("digit", "job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "JOB_"):
        ended = command("show", unknown)
        assert ended.code == 6
        assert "error: no job" in ended.err
    for empty in ("", " ", "a\nb", "x" * 300):
        assert command("cancel", empty).code == 2
