"""Names in zips of every age: read as they were written, or else it is said how they were read."""

import struct
import zlib
from pathlib import Path

import pytest

from tests.worker.packing.archives import Raw, a_png, raw_zip
from tests.worker.packing.conftest import Done, Packer

CAT, DOG = "кошка", "собака"


def a_zip(tmp_path: Path, *entries: Raw) -> Path:
    path = tmp_path / "a.zip"
    path.write_bytes(raw_zip(entries))
    return path


def in_folders(*folders: bytes, **each: int) -> list[Raw]:
    return [
        Raw(folder + b"/%d.png" % number, a_png((folder, number)), **each)
        for folder in folders
        for number in range(3)
    ]


def written_in(encoding: str, *names: str) -> list[Raw]:
    return in_folders(*(name.encode(encoding) for name in names))


def with_unicode_path(entry: Raw, name: str, *, stands_for: bytes | None = None) -> Raw:
    """The field of Info-ZIP beside the name."""
    checksum = zlib.crc32(entry.name if stands_for is None else stands_for)
    content = struct.pack("<BL", 1, checksum) + name.encode()
    extra = struct.pack("<2H", 0x7075, len(content)) + content
    return Raw(entry.name, entry.content, extra=extra)


def classes(done: Done) -> tuple[str, ...]:
    assert done.status == 0, done.error
    return tuple(done.report["class_names"])


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp866", (CAT, DOG)),
        ("shift_jis", ("犬", "表")),  # the second byte of a table is a backslash
        ("gbk", ("狗", "猫")),
        ("cp949", ("개", "고양이")),
        ("cp1253", ("γάτα", "σκύλος")),
    ],
)
def test_names_are_read_as_whoever_sends_them_says(
    encoding: str, names: tuple[str, ...], pack: Packer, tmp_path: Path
) -> None:
    done = pack(a_zip(tmp_path, *written_in(encoding, *names)), "--names-encoding", encoding)

    assert classes(done) == tuple(sorted(names))
    assert done.report["names_read_as_cp437"] == {"count": 0, "names": []}


def test_without_a_word_names_are_read_as_code_page_437_and_that_is_told(
    pack: Packer, tmp_path: Path
) -> None:
    done = pack(a_zip(tmp_path, *written_in("cp866", CAT, DOG), *in_folders(b"fox")))

    assert set(classes(done)) == {"fox", *(name.encode("cp866").decode("cp437") for name in (CAT, DOG))}
    assert done.report["names_read_as_cp437"]["count"] == 6
    assert f"{CAT.encode('cp866').decode('cp437')}/0.png" in done.report["names_read_as_cp437"]["names"]


def test_names_that_are_utf8_are_read_so_without_a_flag(pack: Packer, tmp_path: Path) -> None:
    done = pack(a_zip(tmp_path, *written_in("utf-8", CAT, DOG)))

    assert classes(done) == (CAT, DOG)
    assert done.report["names_read_as_cp437"]["count"] == 0


def test_what_is_said_goes_before_looks(pack: Packer, tmp_path: Path) -> None:
    assert "раб".encode("cp866").decode("utf-8") == "\u0821"
    entries = written_in("cp866", "раб", DOG)

    assert classes(pack(a_zip(tmp_path, *entries), "--names-encoding", "cp866")) == ("раб", DOG)


def test_the_flag_goes_before_what_is_said(pack: Packer, tmp_path: Path) -> None:
    entries = in_folders(CAT.encode(), DOG.encode(), flags=0x800)

    assert classes(pack(a_zip(tmp_path, *entries), "--names-encoding", "cp866")) == (CAT, DOG)


@pytest.mark.parametrize("said", [(), ("--names-encoding", "shift_jis")])
def test_the_unicode_path_goes_before_the_name(said: tuple[str, ...], pack: Packer, tmp_path: Path) -> None:
    entries = [
        with_unicode_path(entry, f"{name}/{number}.png")
        for name in (CAT, DOG)
        for number, entry in enumerate(written_in("cp866", name))
    ]

    done = pack(a_zip(tmp_path, *entries), *said)

    assert classes(done) == (CAT, DOG)
    assert done.report["names_read_as_cp437"]["count"] == 0


def test_a_unicode_path_of_another_name_does_not_count(pack: Packer, tmp_path: Path) -> None:
    renamed = with_unicode_path(Raw(b"dog/9.png", a_png(9)), "fox/9.png", stands_for=b"fox/0.png")

    assert classes(pack(a_zip(tmp_path, *in_folders(b"cat", b"dog"), renamed))) == ("cat", "dog")


def test_a_unicode_path_leads_nowhere_else(pack: Packer, tmp_path: Path) -> None:
    evil = with_unicode_path(Raw(b"dog/9.png", a_png(9)), "../../evil.png")

    done = pack(a_zip(tmp_path, *in_folders(b"cat", b"dog"), evil))

    assert "../../evil.png leads outside" in done.error["detail"]


def test_a_name_that_is_not_written_as_it_is_said_is_refused(pack: Packer, tmp_path: Path) -> None:
    entries = [*written_in("shift_jis", "犬", "猫"), Raw(b"cat/\xff.png", a_png(1))]

    done = pack(a_zip(tmp_path, *entries), "--names-encoding", "shift_jis")

    assert (done.status, done.error["code"]) == (1, "archive_refused")
    assert done.error["detail"] == "the name cat/\\u00a0.png is not written in shift_jis"
    assert "names_encoding" in done.error["hint"]


def test_names_that_are_wrong_as_code_page_437_suggest_another(pack: Packer, tmp_path: Path) -> None:
    done = pack(a_zip(tmp_path, *written_in("shift_jis", "犬", "表")))

    assert "holds a backslash" in done.error["detail"]
    assert "names_encoding" in done.error["hint"]


def test_backslashes_part_folders_as_windows_writes_them(pack: Packer, tmp_path: Path) -> None:
    folders = [Raw(b"pets\\%s\\" % name, attributes=0x10) for name in (b"cat", b"dog")]
    files = [
        Raw(b"pets\\%s\\%d.png" % (name, number), a_png((name, number)))
        for name in (b"cat", b"dog")
        for number in range(3)
    ]

    assert classes(pack(a_zip(tmp_path, *folders, *files))) == ("cat", "dog")
