"""Only what is a question is taken for one, whoever sent it."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from core.prediction import LONGEST, Question

SOUND = Question("0" * 32, "a" * 64, "b" * 64, "tmpabc.partial", 5)


def changed(**fields: Any) -> bytes:
    return json.dumps(asdict(SOUND) | fields).encode()


def test_a_question_arrives_as_it_was_sent() -> None:
    assert Question.of(SOUND.to_bytes()) == SOUND


@pytest.mark.parametrize(
    "item",
    [
        b"", b"\xff", b"[]", b"{}", b"null", b"[" * 3000, b" " * LONGEST + SOUND.to_bytes(), changed(more=1),
        changed(id="x"), changed(id=1), changed(student="../../etc/passwd"), changed(teacher=None),
        changed(image=["a"]), changed(top=0), changed(top=21), changed(top=True), changed(top="5"),
    ],
)  # fmt: skip
def test_anything_else_is_no_question(item: bytes) -> None:
    assert Question.of(item) is None
