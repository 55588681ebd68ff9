"""Ids say what they are and sort by time."""

import pytest

from core import ids

SOUND = "job_01K9ZZZZZZZZZZZZZZZZZZZZZZ"


def test_ids_sort_in_the_order_they_were_made() -> None:
    made = [ids.new("job") for _ in range(2000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_fresh_id_is_an_id_of_its_kind_only() -> None:
    assert ids.is_id("job", ids.new("job"))
    assert not ids.is_id("job", ids.new("wrk"))
    assert ids.is_id("job", SOUND)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "job_",
        "1",
        "1.0",
        "99999999999999999999",
        SOUND.lower(),
        SOUND[:-1],
        SOUND + "0",
        SOUND + "\n",
        SOUND + "/",
        SOUND[4:],
        "job_81K9ZZZZZZZZZZZZZZZZZZZZZZ",  # beyond 128 bits
        "job_01K9ZZZZZZZZZZZZZZZZZZZZZI",  # no letter I in Crockford's alphabet
        "job_０1K9ZZZZZZZZZZZZZZZZZZZZZZ",
        "..",
        "job_%00",
        "job_'; --",
    ],
)
def test_an_id_is_one_to_the_letter(text: str) -> None:
    assert not ids.is_id("job", text)
