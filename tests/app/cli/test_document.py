"""A spec may name an .npy file with the vectors of its classes."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cli.document import document
from core.errors import InvalidSpec

MATRIX = np.array([[0.1, -2.5, 3e-7], [4.0, 1 / 3, 65504.0]])


def with_vectors(values: Any) -> dict[str, Any]:
    source = {"kind": "vectors", "values": values}
    return {"regularizers": ["dropout", {"kind": "guided", "source": source}]}


def sent(folder: Path, content: bytes) -> Any:
    (folder / "names.npy").write_bytes(content)
    (folder / "job.json").write_text(json.dumps(with_vectors("names.npy")))
    found = document(str(folder / "job.json"), ())
    return found["regularizers"][1]["source"]["values"]


def saved(array: Any, **how: Any) -> bytes:
    content = io.BytesIO()
    np.lib.format.write_array(content, np.asanyarray(array), **how)
    return content.getvalue()


@pytest.mark.parametrize(
    "kind", ["<f2", "<f4", "<f8", ">f4", ">f8", "i1", "<i2", ">i4", "<i8", "u1", ">u8", "?"]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_numpys_own_numbers_are_sent(tmp_path: Path, kind: str, order: Any) -> None:
    matrix = np.array(MATRIX.clip(0, 100) if "i" in kind or "u" in kind else MATRIX, dtype=kind, order=order)

    values = sent(tmp_path, saved(matrix))

    assert np.array_equal(np.array(values, dtype=kind), matrix)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_each_version_of_the_format_is_read(tmp_path: Path, version: tuple[int, int]) -> None:
    assert sent(tmp_path, saved(MATRIX, version=version)) == MATRIX.tolist()


def test_numbers_of_32_bits_are_sent_as_short_as_they_are(tmp_path: Path) -> None:
    largest = np.finfo("f4").max
    matrix = np.array([[0.1, -2.5, 3e-7], [largest, -0.0, 16777217]], "f4")

    assert sent(tmp_path, saved(matrix)) == [[0.1, -2.5, 3e-7], [3.4028235e38, -0.0, 16777216.0]]


SOUND = saved(MATRIX)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "does not begin like one"),
        (b"PK\x03\x04 a zip of arrays", "does not begin like one"),
        (saved(MATRIX[0]), "its shape is (3,), wanted are a row for each class"),
        (saved(np.zeros((2, 0))), "its shape is (2, 0)"),
        (saved(MATRIX.astype("c16")), "its type is '<c16'"),
        (saved(np.array([["a", "b"]])), "its type is '<U1'"),
        (saved(np.array([[1, None]], dtype=object), allow_pickle=True), "its type is '|O'"),
        (saved(np.array([[1.0, np.nan]])), "some of them are not finite"),
        (SOUND[:-1], "requires a buffer of 48 bytes"),
        (SOUND + b"\0", "requires a buffer of 48 bytes"),
        (SOUND[:40], "is no .npy file"),
        (SOUND.replace(b"'shape'", b"'shade'"), "is no .npy file"),
        (SOUND.replace(b"(2, 3)", b"__doc_"), "is no .npy file"),
        (SOUND.replace(b"(2, 3), }", b"(2, -3), }"[:9]), "is no .npy file"),
    ],
)
def test_what_is_no_matrix_of_numbers_is_refused_with_a_reason(
    tmp_path: Path, content: bytes, why: str
) -> None:
    with pytest.raises(InvalidSpec, match=re.escape(why)):
        sent(tmp_path, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text(json.dumps(with_vectors("names.npy")))

    with pytest.raises(InvalidSpec, match=r"names\.npy can't be read: No such file"):
        document(str(tmp_path / "job.json"), ())


def test_an_assignment_may_name_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("names.npy").write_bytes(SOUND)

    found = document(
        None, ['regularizers=[{"kind": "guided", "source": {"kind": "vectors", "values": "names.npy"}}]']
    )

    assert found["regularizers"][0]["source"]["values"] == MATRIX.tolist()


@pytest.mark.parametrize("values", [[[1, 2], [3, 4]], None, 7])
def test_anything_else_is_sent_as_it_stands(tmp_path: Path, values: Any) -> None:
    (tmp_path / "job.json").write_text(json.dumps(with_vectors(values)))

    assert document(str(tmp_path / "job.json"), ()) == with_vectors(values)
