"""distillery ls, edit, clone, rm, queue, workers and key."""

import json
from collections.abc import Callable

import pytest

from app.client import Distillery, Job
from core.store import workers
from tests.app.cli.conftest import Command
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi


def test_ls_is_cut_by_tags_and_ordered(command: Command, service: Distillery) -> None:
    service.jobs.create(name="low", tags=["a"], priority=1)
    service.jobs.create(name="high", tags=["a", "b"], priority=99)
    service.jobs.create(name="other")

    def names(*asked: str) -> list[str]:
        return [row["name"] for row in json.loads(command("ls", "-o", "json", *asked).out)]

    assert names("--tag", "a", "--sort", "priority") == ["low", "high"]
    assert names("--tag", "a", "--tag", "b") == ["high"]
    assert names("--sort=-priority", "--limit", "1") == ["high"]
    assert command("ls", "--sort", "size").code == 2


def test_edit_changes_what_is_given(command: Command, service: Distillery) -> None:
    job = service.jobs.create(name="old", tags=["a"])

    ended = command("edit", "old", "--name", "new", "--tag", "b", "--tag", "c", "--priority", "70")

    assert (ended.code, ended.out) == (0, f"{job.id}\n")
    info = job.refresh().info
    assert (info.name, info.tags, info.priority) == ("new", ("b", "c"), 70)
    assert command("edit", "new", "--name", "", "--tag", "").code == 0
    assert (job.refresh().name, job.info.tags) == (None, ())


@pytest.mark.parametrize(
    ("asked", "code"), [((), 2), (("--priority", "101"), 2), (("--name", "@x"), 10), (("--seed", "1"), 2)]
)
def test_edit_refuses_what_can_not_be(
    command: Command, service: Distillery, asked: tuple[str, ...], code: int
) -> None:
    service.jobs.create(name="x")

    assert command("edit", "x", *asked).code == code


def test_clone_changes_what_is_set(command: Command, service: Distillery) -> None:
    original = service.jobs.create(name="one", seed=3, optimization={"epochs": 3, "batch_size": 32})

    ended = command(
        "clone", "one", "-d", "--set", "optimization.epochs=4", "--set", "seed=null", "--name", "two"
    )  # fmt: skip

    clone = service.jobs.get(ended.out.strip())
    assert (clone.name, clone.info.spec["seed"]) == ("two", 0)
    assert clone.info.spec["optimization"] == original.info.spec["optimization"] | {"epochs": 4}
    assert json.loads(command("clone", "two", "--detach", "-o", "json").out)["name"] == "two"


def test_clone_says_where_it_is_wrong(command: Command, service: Distillery) -> None:
    service.jobs.create(name="one")

    ended = command("clone", "one", "--set", "optimization.epoch=4")

    assert ended.code == 10
    assert "/optimization/epoch" in ended.err
    assert "did you mean epochs" in ended.err


def test_a_clone_is_followed_unless_somebody_goes_away(
    command: Command, trained: Job, service: Distillery
) -> None:
    ended = command("clone", "digits", "--timeout", "0.3")

    (newest, _) = service.jobs.list()
    assert ended.code == 8
    assert f"queued as {newest.id}" in ended.err
    assert command("clone", trained.id, "-d").err == ""


def test_rm_goes_on_after_one_that_has_not_ended(command: Command, trained: Job, service: Distillery) -> None:
    waits = service.jobs.create(name="waits")
    over = service.jobs.create(name="over").cancel()

    ended = command("rm", "waits", "digits", "over")

    assert (ended.code, ended.out) == (7, f"{trained.id}\n{over.id}\n")
    assert "error: 1 of 3 jobs can't be removed" in ended.err
    assert f"{waits.id}: can't delete a queued job" in ended.err
    assert [row.name for row in service.jobs.list()] == ["waits"]


def test_rm_removes_nothing_by_a_name_that_several_have(command: Command, service: Distillery) -> None:
    ids = [service.jobs.create(name="twice").cancel().id for _ in range(7)]

    ended = command("rm", "twice")

    assert ended.code == 2
    assert "7 jobs are meant by twice" in ended.err
    assert sum(job_id in ended.err for job_id in ids) == 5
    assert len(list(service.jobs.list())) == 7


def test_rm_removes_what_has_ended(command: Command, trained: Job, service: Distillery) -> None:
    service.jobs.create(name="waits")

    assert command("rm", "waits").code == 7
    assert command("rm", "digits", "nothing").code == 6
    assert command("rm", "digits").out == f"{trained.id}\n"

    assert [row.name for row in service.jobs.list()] == ["waits"]
    assert command("rm", trained.id).code == 6
    assert command("rm").code == 2


def test_queue_and_workers_show_where_things_are(
    command: Command, api: LiveApi, service: Distillery, work: Callable[[], WorkerByHand]
) -> None:
    assert "0 running, 0 waiting" in command("queue").err
    assert "no workers" in command("workers").err
    with api.database.writing() as session:
        workers.seen(session, "by-hand", host="here", pid=1, gpus=0, slots=1)
    busy = service.jobs.create(name="busy")
    work()
    waits = service.jobs.create(name="wa\u200cits")

    shown = command("queue")

    lines = shown.out.splitlines()
    assert [line.split()[:2] for line in lines] == [["PLACE", "JOB"], ["runs", busy.id], ["1", waits.id]]
    assert "on here" in lines[1]
    assert "1 running, 1 waiting" in shown.err
    assert command("workers").out.splitlines()[1].split()[-1] == busy.id
    assert json.loads(command("workers", "-o", "json").out)[0]["jobs"] == [busy.id]
    assert json.loads(command("queue", "-o", "json").out)["waiting_total"] == 1


def test_keys_are_added_listed_and_removed(command: Command, api: LiveApi) -> None:
    key = command("key", "add", "a test", "--owner", "ada", "--days", "1").out.strip()
    key_id = key.split("_")[1]
    with Distillery(api.url, key) as ada:
        assert ada.jobs.create().info.owner == "ada"

        assert command("key", "rm", key_id).out == f"{key_id}\n"

    (line,) = [line for line in command("key", "ls").out.splitlines() if line.startswith(key_id)]
    assert "read, submit" in line
    assert "no: revoked" in line
    assert command("key", "rm", key_id).code == 6
    assert command("key", "add", "x").code == 2
    assert command("key", "add", "x", "--owner", "ada", "--scope", "write").code == 2
    assert json.loads(command("key", "add", "x", "--owner", "ada", "-o", "json").out)["key"]
