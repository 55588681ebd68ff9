"""Headers that nobody writes by accident: each is refused with a reason, and leaves nothing behind."""

import json
from typing import Any

import pytest

from tests.worker.weights.conftest import Done, Reader
from tests.worker.weights.files import a_file, of_header

FOUR = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
DATA = bytes(16)


def refused(reader: Reader, done: Done, reason: str) -> None:
    """With this reason; beside the report nothing is there."""
    assert (done.status, done.error["code"]) == (1, "model_refused"), done
    assert reason in done.error["detail"]
    assert done.error["hint"]
    assert reader.left() == {"report.json"}


def other(**changed: Any) -> dict[str, Any]:
    return {"a": FOUR | changed}


def doubled(name: str) -> bytes:
    entry = json.dumps(FOUR)
    return f'{{"{name}": {entry}, "{name}": {entry}}}'.encode()


HEADERS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "ends before its header does"),
    "only a length": (bytes(8), "ends before its header does"),
    "longer than the file": (of_header({"a": FOUR}, length=1 << 40), "ends before its header does"),
    "longer than numbers go": (b"\xff" * 8 + b"{}", "ends before its header does"),
    "too long": (of_header(b"{" + b" " * (9 << 20)), "and may have 8,388,608"),
    "no object": (of_header(b"[1, 2]"), "is no JSON object"),
    "a space before": (of_header(b" {}"), "is no JSON object"),
    "no JSON": (of_header(b"{'a': 1}"), "is not JSON in UTF-8"),
    "half": (of_header(b'{"a": {"dtype": "F32"'), "is not JSON in UTF-8"),
    "no UTF-8": (of_header(b'{"\xff": 1}'), "is not JSON in UTF-8"),
    "deep": (of_header(b'{"a":' * 100_000), "is not JSON in UTF-8"),
    "an endless number": (of_header(b'{"a": 1' + b"0" * 100_000 + b"}"), "is not JSON in UTF-8"),
    "twice the same": (of_header(doubled("a"), DATA), "names a more than once"),
    "twice a field": (of_header(b'{"a": {"dtype": "F32", "dtype": "I8"}}'), "names dtype more than once"),
    "nothing": (of_header({}), "holds 0 tensors"),
    "metadata only": (of_header({"__metadata__": {}}), "holds 0 tensors"),
    "metadata of numbers": (of_header({"__metadata__": {"a": 1}, "a": FOUR}, DATA), "not texts by name"),
    "metadata of texts": (of_header({"__metadata__": "a", "a": FOUR}, DATA), "not texts by name"),
    "many": (of_header({str(n): FOUR for n in range(20_001)}, DATA), "holds 20,001 tensors"),
    "no entry": (of_header({"a": 1}), "a must have dtype, shape and data_offsets"),
    "a field more": (of_header(other(stride=1), DATA), "and nothing else"),
    "no dtype": (of_header(other(dtype="F33"), DATA), "the dtype F33, which is not known"),
    "an odd dtype": (of_header(other(dtype=4), DATA), "must have dtype"),
    "below zero": (of_header(other(shape=[-2, -2]), DATA), "that is no size"),
    "a fraction": (of_header(other(shape=[2.0, 2]), DATA), "that is no size"),
    "yes": (of_header(other(shape=[True, 4]), DATA), "that is no size"),
    "overflowing": (of_header(other(shape=[2**62, 8]), DATA), "that is no size"),
    "overflowing together": (of_header(other(shape=[2**32, 2**32]), DATA), "larger than any file"),
    "overflowing to the right size": (
        of_header(other(shape=[2**33, 2**31, 4]), DATA), "larger than any file",
    ),
    "many sides": (of_header(other(shape=[1] * 8 + [4]), DATA), "larger than any file"),
    "too few bytes": (of_header(other(data_offsets=[0, 12]), DATA), "has 12 bytes, which is not what"),
    "backwards": (of_header(other(data_offsets=[16, 0]), DATA), "has -16 bytes"),
    "one offset": (of_header(other(data_offsets=[0]), DATA), "must have dtype"),
    "outside": (of_header(other(data_offsets=[16, 32]), DATA), "bytes before the first tensor"),
    "beyond": (of_header({"a": FOUR}, DATA[:8]), "it is cut off: 8 bytes are missing"),
    "behind": (of_header({"a": FOUR}, DATA + b"PK"), "2 bytes behind the last tensor belong to none"),
    "overlapping": (of_header({"a": FOUR, "b": FOUR}, DATA), "b overlaps with another tensor"),
    "overlapping in part": (
        of_header({"a": FOUR, "b": FOUR | {"data_offsets": [8, 24]}}, bytes(24)), "b overlaps",
    ),
    "a hole": (
        of_header({"a": FOUR, "b": FOUR | {"data_offsets": [20, 36]}}, bytes(36)), "bytes before b belong",
    ),
    "odd names": (of_header({"\u202e\0\ud800": 1}), "\\u202e\\u0000\\ud800 must have"),
    "of nothing": (of_header({"a": FOUR}, DATA), "nobody says which network it is"),
}  # fmt: skip


@pytest.mark.parametrize("what", HEADERS)
def test_a_header_that_is_not_as_it_must_be_is_refused(what: str, reader: Reader) -> None:
    content, reason = HEADERS[what]

    refused(reader, reader(content), reason)


@pytest.mark.parametrize("content", [b"PK\3\4" + bytes(99), b"\x80\2}q\0." + bytes(99), b"x" * 99])
def test_what_is_no_safetensors_is_refused(content: bytes, reader: Reader) -> None:
    refused(reader, reader(content), "ends before its header does")


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.9999])
def test_a_part_of_a_file_is_refused(share: float, reader: Reader) -> None:
    whole = a_file()

    assert reader(whole[: int(share * len(whole))]).error["code"] == "model_refused"
    assert reader.left() == {"report.json"}


def test_a_header_that_grows_in_memory_is_refused(reader: Reader) -> None:
    """Eight MiB of JSON take hundreds of them once they are read."""
    lists = b'{"a":[' + b",".join([b"[[]]"] * 1_600_000) + b"]}"

    done = reader(of_header(lists), memory_bytes=100 << 20)

    refused(reader, done, "more memory than is allowed")
