"""Which bytes are a document at all, and which documents every part of the house can hold."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.json_guard import DEEPEST, parse
from core.errors import InvalidRequest, InvalidSpec
from core.spec.problems import MOST

SAFE_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
NUMBERS = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SOUND = st.recursive(
    st.none() | st.booleans() | NUMBERS | SAFE_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SAFE_TEXT, inner, max_size=4),
    max_leaves=20,
)


def refused(body: str) -> list[tuple[str, str]]:
    """Place and code of all that is found in a sound JSON document."""
    with pytest.raises(InvalidSpec) as found:
        parse(body.encode())
    return [(error.pointer, error.code) for error in found.value.errors]


@given(SOUND)
def test_what_is_sound_comes_through_unchanged(document: Any) -> None:
    assert parse(json.dumps(document).encode()) == document
    assert parse(json.dumps(document, ensure_ascii=False).encode()) == document


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b'{"seed": 1',
        b"{'seed': 1}",
        b'{"seed": 01}',
        b'{"seed": 1,}',
        b"{} {}",
        b'"\xff\xfe"',
        b'"\xed\xa0\x80"',  # a surrogate, written as if UTF-8 had them
        '{"seed": 1}'.encode("utf-16"),
        '{"seed": 1}'.encode("utf-32-le"),
        b"\xef\xbb\xbf{}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"seed": ' + b"9" * 5000 + b"}",
        b'"\x01"',
    ],
)
def test_what_is_no_json_in_utf8_is_no_request(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as found:
        parse(body)

    assert type(found.value) is InvalidRequest


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_numbers_are_finite(number: str) -> None:
    assert refused(f'{{"a": [1, {{"b": {number}}}]}}') == [("/a/1/b", "finite_number")]


def test_integers_fit_into_64_bits() -> None:
    assert refused(f"[{2**63}, {2**63 - 1}, {-(2**63)}, {-(2**63) + 1}]") == [
        ("/0", "int_too_large"),
        ("/2", "int_too_large"),
    ]


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800", r"\udfff", r"a\udc00b"])
def test_text_can_be_stored_everywhere(escape: str) -> None:
    assert refused(f'{{"a": "{escape}"}}') == [("/a", "bad_text")]
    assert refused(f'{{"{escape}": 1}}') == [("", "bad_text")]


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse(rb'"\ud83d\ude00"') == "😀"


def test_a_key_stands_once_in_an_object() -> None:
    assert refused('{"a": 1, "b": {"c": 1, "c": 1}, "a": 2}') == [
        ("/a", "duplicate_key"),
        ("/b/c", "duplicate_key"),
    ]
    assert parse(b'[{"a": 1}, {"a": 2}]') == [{"a": 1}, {"a": 2}]


def test_nesting_ends_somewhere() -> None:
    assert parse(b"[" * DEEPEST + b"]" * DEEPEST)
    assert parse(b"[" * DEEPEST + b"1" + b"]" * DEEPEST)
    assert [code for _, code in refused("[" * (DEEPEST + 1) + "1" + "]" * (DEEPEST + 1))] == ["too_deep"]
    assert [code for _, code in refused('{"a":' * 900 + "1" + "}" * 900)] == ["too_deep"]


def test_everything_is_found_at_once_up_to_a_limit() -> None:
    assert refused('{"a": NaN, "b": "\\u0000"}') == [("/a", "finite_number"), ("/b", "bad_text")]
    assert len(refused("[" + "NaN," * 5000 + "1]")) == MOST + 1


def test_pointers_are_short_and_sound_text() -> None:
    ((place, _),) = refused(f'{{"{"k" * 5000}": NaN}}')
    assert len(place) < 200

    (_, (place, _)) = refused(r'{"\ud800": NaN}')
    assert place == "/?"
