"""Specs are read from JSON and YAML, as they were meant."""

from pathlib import Path
from typing import Any

import pytest

from app.cli.spec_file import read_spec
from core.errors import InvalidSpec


def read(folder: Path, name: str, content: str | bytes) -> dict[str, Any]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_spec(str(path))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("spec.json", '{\n\t"optimization": {"epochs": 5}}'),
        ("spec.json", b'\xef\xbb\xbf{"optimization": {"epochs": 5}}'),
        ("spec.yaml", "optimization:\n  epochs: 5\n"),
        ("spec.yml", "{optimization: {epochs: 5}}"),
        ("spec", '{"optimization":\t{"epochs": 5}}'),
        ("spec.txt", "optimization: {epochs: 5}"),
    ],
)
def test_json_and_yaml_say_the_same(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert read(tmp_path, name, content) == {"optimization": {"epochs": 5}}


def test_yaml_means_what_it_looks_like(tmp_path: Path) -> None:
    content = """
        strength: 1e-4
        half: .5
        count: 12
        on: true
        nothing:
        no: no
        name: 2026-01-01
        code: 010
        time: 1:30
    """

    assert read(tmp_path, "spec.yaml", content) == {
        "strength": 1e-4, "half": 0.5, "count": 12, "on": True, "nothing": None, "no": "no",
        "name": "2026-01-01", "code": "010", "time": "1:30",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("spec.json", '{"a": 1,\n}', "line 2"),
        ("spec.json", "", "line 1"),
        ("spec.json", '{"a": 1, "a": 2}', "'a' is given twice"),
        ("spec.json", "[1]", "must hold an object"),
        ("spec.json", b'{"a": "\xff"}', "not UTF-8"),
        ("spec.json", "[" * 100_000, "can't be read"),
        ("spec.yaml", "a: 1\na: 2\n", "line 2: the key 'a' is given twice"),
        ("spec.yaml", "a: [1\n", "line 2"),
        ("spec.yaml", "a: !!python/object/apply:os.system [ls]", "line 1"),
        ("spec.yaml", "just words", "must hold an object"),
        ("spec.yaml", "", "must hold an object"),
        ("spec.yaml", "a: " + "9" * 5000, "can't be read"),
        ("spec.yaml", "? {a: 1}\n: 2", "line 1"),
    ],
)
def test_what_is_no_spec_is_refused_with_its_place(
    tmp_path: Path, name: str, content: str | bytes, why: str
) -> None:
    with pytest.raises(InvalidSpec, match=why):
        read(tmp_path, name, content)
