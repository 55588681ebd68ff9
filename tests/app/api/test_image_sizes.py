"""Weights from images of another size are taken, and `validate` warns of it."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete

from core.store.library import Chore, Dataset, Model
from tests.app.api.test_own_data import FACTS, a_set
from tests.app.api.test_weights import NETWORK, a_model, a_teacher
from tests.live_api import LiveApi

LARGE_DIGITS = {**FACTS, "classes": 10, "class_names": list("0123456789")}
SMALL = {"architecture": "mobilenet_v2", "width": 0.1}


@pytest.fixture(autouse=True)
def _nothing_afterwards(api: LiveApi) -> Iterator[None]:
    yield
    with api.database.writing() as session:
        for table in (Model, Dataset, Chore):
            session.execute(delete(table))


def warned(http: httpx2.Client, **asked: Any) -> list[tuple[str, str]]:
    told = http.post("/v1/jobs/validate", json=asked).json()
    assert told["valid"], told
    return [(one["pointer"], one["code"]) for one in told["warnings"]]


@pytest.mark.parametrize("role", ["teacher", "student"])
def test_a_model_of_other_images_is_taken_with_a_warning(
    role: str, http: httpx2.Client, api: LiveApi
) -> None:
    told = {
        size: warned(http, dataset="digits", **{role: {"source": a_model(api, image_size=size)}})
        for size in (32, 64, None)
    }

    found = (f"/{role}/source/id", "other_image_size")
    assert {size: found in warnings for size, warnings in told.items()} == {32: False, 64: True, None: False}


def test_a_teacher_of_a_job_is_compared_by_the_data_of_that_job(http: httpx2.Client, api: LiveApi) -> None:
    asked = {"teacher": {"source": a_teacher(api, teacher=NETWORK, dataset="digits")}, "student": SMALL}

    assert warned(http, dataset="digits", **asked) == []
    assert warned(http, dataset=a_set(api, facts=LARGE_DIGITS), **asked) == [
        ("/teacher/source/id", "other_image_size")
    ]
