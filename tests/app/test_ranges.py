"""Range headers: parts of a file, or nothing at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ranges import MOST, parts
from core.errors import RangeNotSatisfiable

SIZES = st.integers(0, 1000)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bytes=0-0", [(0, 0)]),
        ("bytes=0-", [(0, 99)]),
        ("bytes=90-", [(90, 99)]),
        ("bytes=90-999", [(90, 99)]),
        ("bytes=99-99", [(99, 99)]),
        ("bytes=-1", [(99, 99)]),
        ("bytes=-1000", [(0, 99)]),
        ("bytes=0-9, 20-29", [(0, 9), (20, 29)]),
        ("bytes=0-9,,\t20-29,", [(0, 9), (20, 29)]),
        ("bytes=0-9,200-300", [(0, 9)]),  # one part that is there is enough
        ("bytes=-5,0-1", [(95, 99), (0, 1)]),
        ("Bytes=0-9", [(0, 9)]),
        ("bytes=0-" + "9" * 50, [(0, 99)]),
    ],
)
def test_parts_of_a_file_of_a_hundred_bytes(header: str, found: list[tuple[int, int]]) -> None:
    assert parts(header, 100) == found


@pytest.mark.parametrize(
    "header",
    [
        "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=x", "bytes=1", "bytes=5-2", "bytes=0-9,5-2",
        "bytes=0-9;20-29", "items=0-9", "bytes=0x1-9", "bytes=²-3", "bytes= 0 - 9", "bytes=--5",
        "bytes=1-2-3", "bytes=+1-2", "bytes=" + "9" * 5000 + "-", "bytes=" + ",".join(["0-0"] * (MOST + 1)),
        "bytes=" + "0-," * 10_000,
    ],
)  # fmt: skip
def test_a_malformed_header_asks_for_nothing(header: str) -> None:
    assert parts(header, 100) == []


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0), ("bytes=-5", 0)]
)
def test_what_lies_behind_the_end_cannot_be_had(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        parts(header, size)

    assert refused.value.size == size


@given(
    st.text("bytes=0123456789-, x", max_size=40) | st.from_regex(r"bytes=[0-9,-]{0,30}", fullmatch=True),
    SIZES,
)
def test_every_part_lies_within_the_file(header: str, size: int) -> None:
    try:
        found = parts(header, size)
    except RangeNotSatisfiable:
        return

    assert all(0 <= first <= last < size for first, last in found)


@given(st.integers(0, 999), st.integers(0, 999), st.integers(1, 1000))
def test_a_part_holds_what_a_slice_holds(first: int, last: int, size: int) -> None:
    content = range(size)
    if first >= size or last < first:
        return

    ((start, end),) = parts(f"bytes={first}-{last}", size)

    assert content[start : end + 1] == content[first : last + 1]
