"""Tables as people have them are packed as the engine reads them; mistakes are told by row and column."""

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.spec.tables import Column, Table
from tests.worker.packing.conftest import Done, Packer
from worker.engine.data.tables import packed

NAMES = ["area", "rooms", "city", "price"]
ROWS: list[list[Any]] = [
    [12.5, 2, "Ulm", 100], [13, 3, "Köln", 110.5], [14, 2, "Ulm", 120], [15, 4, "Bonn", 130],
    [16.5, 3, "Ulm", 140], [17, 2, "Bonn", 150],
]  # fmt: skip
ID = "ds_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z"


def text(rows: list[list[Any]] = ROWS, separator: str = ",", names: list[str] = NAMES) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows([names, *rows])
    return written.getvalue()


def a_file(folder: Path, content: str | bytes, name: str = "houses.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def load(done: Done, target: str, *, classes: bool = False) -> Any:
    """The table as a job has it."""
    assert done.status == 0, done.error
    done.out.rename(done.out.with_name(f"{ID}.safetensors"))
    return packed.load(Table(id=ID, target=target), done.out.parent, classes=classes)


def test_a_csv_becomes_a_table(pack: Packer, tmp_path: Path) -> None:
    table = load(pack(a_file(tmp_path, text())), "price")

    assert (table.columns, table.target, table.class_names) == (("area", "rooms"), "price", ())
    assert table.train.inputs.tolist() == [[row[0], row[1]] for row in ROWS]
    assert table.train.labels.tolist() == [row[3] for row in ROWS]


def test_words_and_whole_numbers_become_classes(pack: Packer, tmp_path: Path) -> None:
    done = pack(a_file(tmp_path, text()))
    cities = load(done, "city", classes=True)
    rooms = packed.load(Table(id=ID, target="rooms", inputs=["area"]), done.out.parent, classes=True)

    assert cities.class_names == ("Bonn", "Köln", "Ulm")
    assert cities.train.labels.tolist() == [2, 1, 2, 0, 2, 0]
    assert rooms.class_names == ("2", "3", "4")
    assert rooms.train.labels.tolist() == [0, 1, 0, 2, 1, 0]


def test_the_engine_knows_the_columns_without_the_rows(pack: Packer, tmp_path: Path) -> None:
    done = pack(a_file(tmp_path, text()))

    found = packed.facts(done.out.stem, done.out.parent)
    assert found is not None
    assert found.rows == 6
    assert found.columns == (
        Column("area", None, False), Column("rooms", 3, False), Column("city", 3, True),
        Column("price", None, False),
    )  # fmt: skip


def semicolons() -> str:
    """As spreadsheets write in much of Europe."""
    return text([[str(cell).replace(".", ",") for cell in row] for row in ROWS], ";")


@pytest.mark.parametrize(
    "content",
    [
        text(separator=";"), text(separator="\t"), text(separator="|"), semicolons(),
        text().replace("\r\n", "\n"), text().encode("utf-8-sig"), text().encode("utf-16"),
        text() + "\r\n\r\n", text([[f" {row[0]} ", *row[1:]] for row in ROWS]),
    ],
    ids=["semicolon", "tab", "bar", "decimal comma", "unix", "utf-8 mark", "utf-16", "empty lines", "spaces"],
)  # fmt: skip
def test_every_usual_spelling_is_the_same_table(content: str | bytes, pack: Packer, tmp_path: Path) -> None:
    table = load(pack(a_file(tmp_path, content)), "price")

    assert table.train.inputs.tolist() == [[row[0], row[1]] for row in ROWS]
    assert table.train.labels.tolist() == [row[3] for row in ROWS]


def test_a_cell_in_quotes_may_hold_what_separates(pack: Packer, tmp_path: Path) -> None:
    rows = [*ROWS[:-1], [17, 2, 'Bad "Aibling", oben', 150]]

    assert 'Bad "Aibling", oben' in load(pack(a_file(tmp_path, text(rows))), "city", classes=True).class_names


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_is_the_same_table(pack: Packer, tmp_path: Path) -> None:
    columns = dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))
    from_parquet = load(pack(parquet(tmp_path / "houses.parquet", **columns)), "city", classes=True)
    from_text = load(pack(a_file(tmp_path, text())), "city", classes=True)

    assert from_parquet.digest == from_text.digest


def test_truth_values_are_0_and_1(pack: Packer, tmp_path: Path) -> None:
    source = parquet(tmp_path / "t.parquet", x=[1.0, 2, 3, 4, 5], sold=[True, False, True, False, True])

    assert load(pack(source), "sold", classes=True).class_names == ("0", "1")


def told(done: Done) -> str:
    assert done.status == 1
    assert not done.out.exists()
    return str(done.error["detail"])


def test_every_cell_that_cant_be_used_is_told_by_row_and_column(pack: Packer, tmp_path: Path) -> None:
    rows = [[*row] for row in ROWS]
    rows[1][0], rows[3][3], rows[5][2] = "large", "", ""
    done = pack(a_file(tmp_path, text(rows)))

    assert told(done) == (
        "3 cells can't be used; row 3, column 'area': 'large' is no number; "
        "row 5, column 'price': it is empty; row 7, column 'city': it is empty"
    )
    assert done.report["unusable"]["cells"][0] == {
        "row": 3, "column": "area", "reason": "'large' is no number",
    }  # fmt: skip


@pytest.mark.parametrize("word", ["NaN", "inf", "1_000", "n/a", "NULL", "0x10"])
def test_no_word_passes_for_a_number(word: str, pack: Packer, tmp_path: Path) -> None:
    rows = [[*ROWS[0]], [word, *ROWS[1][1:]], *ROWS[2:]]

    assert "row 3, column 'area'" in told(pack(a_file(tmp_path, text(rows))))


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (text() + "1,2,Ulm\r\n", "row 8 has 3 cells, and the header names 4 columns"),
        (text() + "1,2,Ulm,3,4\r\n", "row 8 has 5 cells, and the header names 4 columns"),
        (text(names=["area", "rooms", "area ", "price"]), "columns 1 and 3 are both called area"),
        (text(names=["area", "", "city", "price"]), "column 2 has no name"),
        (text(names=["area", "ro\x07oms", "city", "price"]), "which can't be shown or is too long"),
        (text(names=["1", "2", "3", "4"]), "numbers instead of names"),
        (text(ROWS[:4]), "it has 4 rows, and 5 are the fewest"),
        (text() + '1,2,"Ulm', "row 8 is damaged"),
        (text() + "1,2," + "x" * 20_000 + ",3", "row 8 is damaged"),
        (text().encode("latin-1"), "no UTF-8"),
    ],
)
def test_what_is_no_sound_table_is_refused(
    content: str | bytes, detail: str, pack: Packer, tmp_path: Path
) -> None:
    done = pack(a_file(tmp_path, content))

    assert detail in told(done)
    assert done.error["code"] == "dataset_unreadable"


@pytest.mark.parametrize(
    "content",
    [b"\xff\xd8\xff,\x01\x02;", bytes(range(128, 256)), "größe\n".encode("latin-1"), b"", b"words\n"],
)
def test_what_was_never_meant_as_a_table_is_not_told_of_its_letters(
    content: bytes, pack: Packer, tmp_path: Path
) -> None:
    done = pack(a_file(tmp_path, content))

    assert "neither a zip, nor a Parquet file, nor a table" in told(done)
    assert done.error["code"] == "archive_refused"


@pytest.mark.parametrize(
    "columns",
    [
        {"x": [1.0, None, 3, 4, 5], "y": [1, 2, 3, 4, 5]},
        {"x": [1.0, float("nan"), 3, 4, 5], "y": [1, 2, 3, 4, 5]},
    ],
)
def test_a_missing_number_in_parquet_is_told(columns: Any, pack: Packer, tmp_path: Path) -> None:
    assert "row 2, column 'x': it is empty" in told(pack(parquet(tmp_path / "t.parquet", **columns)))


def test_what_parquet_can_hold_beside_numbers_and_words_is_refused(pack: Packer, tmp_path: Path) -> None:
    done = pack(parquet(tmp_path / "t.parquet", x=[1.0] * 5, inner=[[1]] * 5))

    assert "the column inner holds list" in told(done)


@pytest.mark.parametrize("cut", [8, 60, 300])
def test_half_a_parquet_file_is_refused(cut: int, pack: Packer, tmp_path: Path) -> None:
    whole = parquet(tmp_path / "t.parquet", x=[1.0] * 500, y=[2.0] * 500).read_bytes()

    assert "no sound Parquet file" in told(pack(a_file(tmp_path, whole[:cut])))


def test_a_table_is_bounded(pack: Packer, tmp_path: Path) -> None:
    source = a_file(tmp_path, text())

    assert "it has 4 columns, and may have 3" in told(pack(source, limits={"columns": 3}))
    assert "more than 20 cells" in told(pack(source, limits={"cells": 20}))


def test_an_image_size_says_nothing_of_a_table(pack: Packer, tmp_path: Path) -> None:
    assert "image_size" in told(pack(a_file(tmp_path, text()), "--image-size", "32"))


def test_too_many_words_are_no_classes(pack: Packer, tmp_path: Path) -> None:
    rows = [[float(n), n % 3, f"name {n}", n / 7] for n in range(150)]
    done = pack(a_file(tmp_path, text(rows)))

    assert [column["values"] and len(column["values"]) for column in done.report["columns"]] == [
        None, 3, None, None,
    ]  # fmt: skip
    assert load(done, "price").columns == ("area", "rooms")
