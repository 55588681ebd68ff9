"""The client asks things of jobs, each once, however often it has to be said."""

import re
from pathlib import Path

import httpx2
import pytest

from app.client import Distillery
from app.client.problems import error_of
from core.errors import Changed, Conflict, Unreachable
from tests.app.cutting_proxy import CuttingProxy
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi


def keys_of(requests: list[str]) -> list[str]:
    """The Idempotency-Key of every request that has one."""
    return re.findall(r"^idempotency-key: (\S+)\r$", "".join(requests), re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("after", [0, 200])
def test_a_submit_whose_answer_was_lost_is_sent_again_and_queued_once(
    api: LiveApi, service: Distillery, after: int
) -> None:
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as broken:
        proxy.cut_answers(after, after)

        job = broken.jobs.create(name="once")

        assert [row.id for row in service.jobs.list()] == [job.id]
        assert len(keys_of(proxy.requests)) == 3
        assert len(set(keys_of(proxy.requests))) == 1


def test_an_action_whose_answer_was_lost_is_asked_again_and_done_once(
    api: LiveApi, service: Distillery
) -> None:
    job_id = service.jobs.create().cancel().id
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as broken:
        job = broken.jobs.get(job_id)
        proxy.cut_answers(0)

        assert job.retry().state == "queued"

    assert service.jobs.get(job_id).info.retries == 1


def test_every_call_has_a_key_of_its_own(api: LiveApi) -> None:
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as service:
        job = service.jobs.create()
        service.jobs.create()
        job.pause().resume()

        keys = keys_of(proxy.requests)

    assert len(keys) == len(set(keys)) == 4
    assert all(len(key) >= 20 for key in keys)


def test_a_post_that_nobody_answers_says_that_it_may_have_been_done(
    api: LiveApi, service: Distillery
) -> None:
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as broken:
        proxy.cut_answers(0, 0, 0, 0)

        with pytest.raises(Unreachable) as lost:
            broken.jobs.create()

    assert lost.value.advice == "It may have been done: look before you repeat it."
    assert len(list(service.jobs.list())) == 1


def test_a_job_is_paused_resumed_stopped_and_retried(
    service: Distillery, api: LiveApi, tmp_path: Path
) -> None:
    job = service.jobs.create()
    assert [job.pause().state, job.pause().state] == ["paused", "paused"]
    assert not job.finished
    assert [job.resume().state, job.resume().state] == ["queued", "queued"]
    worker = WorkerByHand(api, tmp_path)
    assert [job.pause().state, job.resume().state, job.stop().state] == ["pausing", "running", "stopping"]
    worker.fail()

    assert job.refresh().state == "failed"
    assert [job.retry().state, job.retry().info.retries] == ["queued", 1]


def test_what_the_state_does_not_allow_is_a_conflict(service: Distillery) -> None:
    job = service.jobs.create()

    for action, allowed in ((job.stop, ["pause", "cancel"]), (job.retry, ["pause", "cancel"])):
        with pytest.raises(Conflict) as refused:
            action()
        assert refused.value.state == "queued"
        assert refused.value.allowed_actions == allowed


def test_a_version_that_has_passed_is_known_as_such(api: LiveApi, service: Distillery) -> None:
    path = f"{api.url}/v1/jobs/{service.jobs.create().id}/cancel"
    headers = {"Authorization": f"Bearer {api.key}", "If-Match": 'W/"0"'}

    error = error_of(httpx2.post(path, headers=headers))

    assert isinstance(error, Changed)
    assert error.advice == "Read it again, and decide anew."
