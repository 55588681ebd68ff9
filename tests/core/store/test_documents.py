"""What a worker writes can always be read again, on both databases."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from core.store import attempts, events
from core.store.documents import dumps, storable
from core.store.session import Database
from core.store.tables import Job
from tests.builders import a_job, a_running_job, stored

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=10,
)


@given(DOCUMENTS)
def test_any_document_becomes_sound_json(document: Any) -> None:
    text = dumps(document)

    assert json.loads(text, parse_constant=pytest.fail) == storable(document)
    assert "\\u0000" not in text.replace("\\\\", "")
    text.encode()


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
)
def test_what_is_sound_is_stored_as_it_is(value: Any) -> None:
    assert json.loads(dumps([value])) == [value]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_stored_as_nothing(database: Database, number: float) -> None:
    attempt = a_running_job(database)

    with database.writing() as session:
        attempts.beat(session, attempt, progress={"fraction": 0.5, "eta_seconds": number})
        events.append(session, attempt.job_id, "progress", {"eta_seconds": number})

    assert stored(database, attempt.job_id).progress == {"fraction": 0.5, "eta_seconds": None}


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udc00"])
def test_text_that_is_none_is_stored_with_a_mark(database: Database, text: str) -> None:
    job_id = a_job(database)

    with database.writing() as session:
        session.execute(update(Job).where(Job.id == job_id).values(error={"detail": text}))

    error = stored(database, job_id).error
    assert error is not None
    assert error["detail"] in ("a\ufffdb", "a?b", "?")


def test_nothing_is_null_and_not_the_word(database: Database) -> None:
    job_id = a_job(database)

    assert stored(database, job_id).progress is None
    with database.reading() as session:
        assert session.query(Job).where(Job.progress.is_(None)).count() == 1
