"""Who ask for curves together are answered together: the same question once, a bad one by itself."""

import asyncio

import httpx2
import pytest

from app.curves import Curves, Question
from core.errors import NotFound
from core.store import series
from core.store.series import Cut
from tests.app.visiting import submit
from tests.live_api import LiveApi

UNKNOWN = "job_00000000000000000000000000"


def asks(job_id: str, *names: str) -> Question:
    return Question(None, (job_id,), names or ("train/loss",), Cut(), "?names")


def told(api: LiveApi, *questions: Question) -> list[str | BaseException]:
    """What each is answered, of those that ask at the same moment."""
    curves = Curves(api.settings, api.database)

    async def together() -> list[str | BaseException]:
        return await asyncio.gather(*map(curves.shown, questions), return_exceptions=True)

    try:
        return asyncio.run(together())
    finally:
        curves.close()


def test_the_same_question_is_read_once(
    api: LiveApi, http: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, reads, read = submit(http)["id"], [], series.read

    def counted(session, job, name, cut):  # type: ignore[no-untyped-def]
        reads.append(name)
        return read(session, job, name, cut)

    monkeypatch.setattr(series, "read", counted)

    answers = told(api, *[asks(job_id)] * 5, asks(job_id, "train/term/label"))

    assert len(set(answers[:5])) == 1
    assert answers[5] != answers[0]
    assert reads == ["train/loss", "train/term/label"]


def test_a_job_that_is_not_there_hurts_no_other_question(api: LiveApi, http: httpx2.Client) -> None:
    job_id = submit(http)["id"]

    missing, found = told(api, asks(UNKNOWN), asks(job_id))

    assert isinstance(missing, NotFound)
    assert isinstance(found, str)
    assert job_id in found
