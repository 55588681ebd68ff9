"""The client lists, edits, clones and removes jobs, looks at the queue, and manages keys."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.client import Distillery
from core.errors import Conflict, Forbidden, InvalidSpec, NotFound, Unauthorized
from core.store import workers
from tests.app.cutting_proxy import CuttingProxy
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi


def test_a_list_is_cut_and_ordered(service: Distillery) -> None:
    service.jobs.create(name="low", priority=1, tags=["a"])
    between = datetime.now()
    service.jobs.create(name="high", priority=99, tags=["a", "b"])

    def names(**asked: object) -> list[str | None]:
        return [row.name for row in service.jobs.list(page_size=1, **asked)]  # type: ignore[arg-type]

    assert names(sort="-priority") == ["high", "low"]
    assert names(sort="created_at") == ["low", "high"]
    assert names(tag="a") == ["high", "low"]
    assert names(tag=["a", "b"]) == ["high"]
    assert names(created_after=between) == ["high"]
    assert names(created_before=between.astimezone(UTC), tag="a", state="queued") == ["low"]
    with pytest.raises(InvalidSpec):
        names(sort="size")


def test_a_job_is_edited(service: Distillery) -> None:
    job = service.jobs.create(name="old", tags=["a"])

    assert job.update(name="new", priority=80).name == "new"
    assert job.update(tags=None).info.tags == ()

    assert service.jobs.get(job.id).info.priority == 80
    assert [event.kind for event in job.events()] == ["state", "edited", "edited"]
    with pytest.raises(InvalidSpec) as refused:
        job.update(nmae="x")
    assert refused.value.errors[0].did_you_mean == "name"


def test_a_job_is_cloned(service: Distillery) -> None:
    job = service.jobs.create(name="one", optimization={"epochs": 3})

    clone = job.clone(seed=5, optimization={"batch_size": 32})

    assert clone.id != job.id
    assert (clone.name, clone.info.spec["seed"]) == ("one", 5)
    assert clone.info.spec["optimization"] == job.info.spec["optimization"] | {"batch_size": 32}
    with pytest.raises(InvalidSpec):
        job.clone(seed=-1)


def test_a_clone_whose_answer_was_lost_is_made_once(api: LiveApi, service: Distillery) -> None:
    job_id = service.jobs.create().id
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as broken:
        job = broken.jobs.get(job_id)
        proxy.cut_answers(0)

        clone = job.clone(seed=1)

    assert [row.id for row in service.jobs.list()] == [clone.id, job_id]


def test_a_job_is_removed_when_it_has_ended(service: Distillery) -> None:
    job = service.jobs.create()
    with pytest.raises(Conflict) as refused:
        job.delete()
    assert refused.value.allowed_actions == ["pause", "cancel"]

    job.cancel().delete()

    for gone in (job.delete, job.refresh):
        with pytest.raises(NotFound):
            gone()


def test_a_removal_whose_answer_was_lost_is_done(api: LiveApi, service: Distillery) -> None:
    job_id = service.jobs.create().cancel().id
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as broken:
        job = broken.jobs.get(job_id)
        proxy.cut_answers(0)

        job.delete()

    with pytest.raises(NotFound):
        service.jobs.get(job_id)


def test_the_queue_and_the_workers_are_shown(api: LiveApi, service: Distillery, tmp_path: Path) -> None:
    with api.database.writing() as session:
        workers.seen(session, "by-hand", host="here", pid=1, gpus=0, slots=1)
    busy = service.jobs.create(name="busy")
    WorkerByHand(api, tmp_path)
    waits = service.jobs.create(name="waits")

    queue, (worker,) = service.queue(), service.workers()

    assert [(job.id, job.host) for job in queue.running] == [(busy.id, "here")]
    assert [(job.id, job.position) for job in queue.waiting] == [(waits.id, 1)]
    assert (worker.alive, worker.jobs, worker.jobs_of_others) == (True, (busy.id,), 0)


def test_keys_are_made_listed_and_revoked(api: LiveApi, service: Distillery) -> None:
    made = service.keys.create("a test", "ada", ["read"], datetime.now(UTC) + timedelta(hours=1))
    assert made.key is not None
    with Distillery(api.url, made.key) as ada:
        assert list(ada.jobs.list()) == []
        with pytest.raises(Forbidden):
            list(ada.keys.list())

        service.keys.revoke(made.id)

        with pytest.raises(Unauthorized):
            list(ada.jobs.list())
    assert [key.revoked_at is not None for key in service.keys.list() if key.id == made.id] == [True]
    with pytest.raises(NotFound):
        service.keys.revoke(made.id)
