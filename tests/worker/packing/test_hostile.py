"""Archives that nobody makes by accident: each is refused with a reason, and leaves nothing behind."""

import os
import stat
import zipfile
from pathlib import Path

import pytest

from core.errors import DatasetUnreadable
from tests.worker.packing.archives import Raw, a_folder, a_png, a_set, raw_set, raw_zip, zipped
from tests.worker.packing.conftest import Done, Packer

PNG = a_png("more")
LINK = (stat.S_IFLNK | 0o777) << 16
SYSTEM = [stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK]
MANY = "a/" * 40 + "a.png"


def refused(done: Done, reason: str, code: str = "archive_refused") -> None:
    """With this reason; beside the report nothing is there."""
    assert (done.status, done.error["code"]) == (1, code)
    assert reason in done.error["detail"]
    assert done.error["hint"]
    assert [path.name for path in done.out.parent.iterdir()] == ["report.json"]


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    return path


ENTRIES = {
    "above": (Raw(b"../../evil.png", PNG), "../../evil.png leads outside"),
    "above, below": (Raw(b"cat/../../evil.png", PNG), "leads outside"),
    "absolute": (Raw(b"/etc/evil.png", PNG), "is an absolute path"),
    "drive": (Raw(b"C:evil.png", PNG), "begins with a drive"),
    "above, on Windows": (Raw(b"cat\\..\\..\\evil.png", PNG), "leads outside"),
    "absolute, on Windows": (Raw(b"\\evil.png", PNG), "is an absolute path"),
    "backslash": (Raw(b"cat/..\\evil.png", PNG), "holds a backslash"),
    "network": (Raw(b"//server/evil.png", PNG), "is an absolute path"),
    "zero byte": (Raw(b"cat/1.png\0.exe", PNG), "cat/1.png\\u0000.exe holds a zero byte"),
    "empty part": (Raw(b"cat//evil.png", PNG), "leads outside"),
    "a dot": (Raw(b"cat/./evil.png", PNG), "leads outside"),
    "no name": (Raw(b"", PNG), "leads outside"),
    "long name": (Raw(b"cat/" + b"x" * 2000, PNG), "is longer than 1024"),
    "deep name": (Raw(MANY.encode(), PNG), "too many folders"),
    "junk above": (Raw(b"../.DS_Store", PNG), "leads outside"),
    "no UTF-8": (Raw(b"cat/\xff\xfe.png", PNG, flags=0x800), "is not the UTF-8 it is said to be"),
    "link": (Raw(b"cat/link.png", b"/etc/passwd", attributes=LINK), "neither a regular file nor a folder"),
    "linked folder": (Raw(b"cat/link/", attributes=LINK), "neither a regular file nor a folder"),
    "twice, on Windows": (Raw(b"cat\\0.png", PNG), "two entries are called cat/0.png"),
    "twice": (Raw(b"cat/0.png", PNG), "two entries are called cat/0.png"),
    "case": (Raw(b"cat/0.PNG", PNG), "two entries are called cat/0.PNG"),
    "space": (Raw(b"cat/ 0.png", PNG), "two entries are called"),
    "twin folder": (Raw(b"Cat/9.png", PNG), "two folders are called Cat"),
    "encrypted": (Raw(b"cat/9.png", PNG, flags=1), "is encrypted"),
    "well encrypted": (Raw(b"cat/9.png", PNG, flags=0x41), "is encrypted"),
    "bzip2": (Raw(b"cat/9.png", PNG, method=12), "another method than deflate"),
    "zstandard": (Raw(b"cat/9.png", PNG, method=93), "another method than deflate"),
    "two sizes": (Raw(b"cat/9.png", PNG, size=5), "has two sizes"),
    "more than it says": (Raw(b"cat/9.png", bytes(50_000), deflate=True, size=100), "holds more bytes"),
    "large": (Raw(b"cat/9.png", bytes(100), size=9 << 20, packed=9 << 20), "overlaps"),
    "bomb": (Raw(b"cat/9.png", bytes(4 << 20), deflate=True), "more than 200 times its size"),
    "bomb in junk": (Raw(b"__MACOSX/9", bytes(4 << 20), deflate=True), "more than 200 times its size"),
    "overlapping": (Raw(b"cat/9.png", PNG, offset=0), "two entries lie at the same place"),
    "overlapping in part": (Raw(b"cat/9.png", PNG, offset=10), "overlaps with another entry"),
    "beyond": (Raw(b"cat/9.png", PNG, offset=1 << 31), "overlaps with another entry"),
    "long": (Raw(b"cat/9.png", PNG, packed=len(PNG) + 20, size=len(PNG) + 20), "overlaps with another"),
}  # fmt: skip


@pytest.mark.parametrize("what", ENTRIES)
def test_one_wrong_entry_and_all_is_refused(what: str, pack: Packer, tmp_path: Path) -> None:
    entry, reason = ENTRIES[what]

    refused(pack(written(tmp_path, raw_zip(raw_set(entry)))), reason)


@pytest.mark.parametrize("kind", SYSTEM)
def test_only_regular_files_are_files(kind: int, pack: Packer, tmp_path: Path) -> None:
    entry = Raw(b"cat/9.png", attributes=kind << 16)

    refused(
        pack(written(tmp_path, raw_zip(raw_set(entry)))), "cat/9.png is neither a regular file nor a folder"
    )


def test_names_that_are_one_after_normalisation_are_refused(pack: Packer, tmp_path: Path) -> None:
    twins = [Raw("cat/é.png".encode(), PNG), Raw("cat/e\u0301.png".encode(), PNG)]

    refused(pack(written(tmp_path, raw_zip(raw_set(*twins)))), "two entries are called cat/é.png")


def test_folders_that_are_one_after_normalisation_are_refused(pack: Packer, tmp_path: Path) -> None:
    twins = [Raw("é/1.png".encode(), PNG), Raw("e\u0301/2.png".encode(), PNG)]

    refused(pack(written(tmp_path, raw_zip(raw_set(*twins)))), "two folders are called é")


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ({"disk": 1}, "one of several parts"),
        ({"count": 3}, "more entries than it says"),
        ({"count": 9}, "its directory is damaged"),
        ({"length": 10}, "does not lie where it says"),
        ({"offset": 10}, "does not lie where it says"),
        ({"offset": 0xFFFFFFFF}, "its end is damaged"),
        ({"count": 0xFFFF}, "its end is damaged"),
    ],
)
def test_an_end_that_lies_is_refused(end: dict[str, int], reason: str, pack: Packer, tmp_path: Path) -> None:
    refused(pack(written(tmp_path, raw_zip(raw_set(), **end))), reason)


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 5000, b"\x1f\x8b" + bytes(99)])
def test_what_is_neither_a_zip_nor_a_table_is_refused(content: bytes, pack: Packer, tmp_path: Path) -> None:
    refused(pack(written(tmp_path, content)), "neither a zip, nor a Parquet file")


@pytest.mark.parametrize("content", [b"PK\5\6" + bytes(10), b"PK\3\4" + bytes(99)])
def test_what_is_no_whole_zip_is_refused(content: bytes, pack: Packer, tmp_path: Path) -> None:
    refused(pack(written(tmp_path, content)), "not a zip file, or not a whole one")


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_half_an_archive_is_refused(share: float, pack: Packer, tmp_path: Path) -> None:
    whole = raw_zip(raw_set())

    refused(pack(written(tmp_path, whole[: int(share * len(whole))])), "not a zip file, or not a whole one")


def test_an_empty_archive_holds_no_images(pack: Packer, tmp_path: Path) -> None:
    refused(pack(written(tmp_path, raw_zip([]))), "no folder with training images", "dataset_unreadable")


def test_a_comment_is_no_harm(pack: Packer, tmp_path: Path) -> None:
    assert pack(written(tmp_path, raw_zip(raw_set(), comment=b"made by PK\5\6 myself"))).status == 0


def test_the_long_form_of_an_archive_is_read(pack: Packer, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, content in a_set().items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(content)

    assert pack(tmp_path / "a.zip").status == 0


def test_more_entries_than_the_short_form_can_count_are_read(pack: Packer, tmp_path: Path) -> None:
    junk = {f"cat/.{number}": b"" for number in range(66_000)}

    assert pack(zipped(tmp_path / "a.zip", a_set() | junk, zipfile.ZIP_STORED)).status == 0


DAMAGED = {
    "checksum": (Raw(b"cat/9.png", PNG, crc=1), "its checksum is wrong"),
    "no deflate": (Raw(b"cat/9.png", PNG, method=8), "its compressed data are damaged"),
    "fewer bytes than it says": (Raw(b"cat/9.png", PNG, deflate=True, size=len(PNG) + 1), "fewer bytes"),
    "zip in a zip": (Raw(b"cat/9.zip", raw_zip(raw_set())), "no image in one of the formats"),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_one_damaged_entry_is_told_by_name(what: str, pack: Packer, tmp_path: Path) -> None:
    entry, reason = DAMAGED[what]

    done = pack(written(tmp_path, raw_zip(raw_set(entry))), limits={"corrupt_share": 0.2})

    (told,) = done.report["corrupt"]["files"]
    assert (done.status, told["name"]) == (0, entry.name.decode())
    assert reason in told["reason"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"entries": 7}, "it has more than 7 entries"),
        ({"file_bytes": 500}, "cat/0.png has more than 500 bytes"),
        ({"total_bytes": 5000}, "unpacked it has more than 5,000 bytes"),
        ({"packed_bytes": 6000}, "would take more than 6,000 bytes"),
    ],
)
def test_what_is_larger_than_allowed_is_refused(
    limits: dict[str, int], reason: str, pack: Packer, tmp_path: Path
) -> None:
    refused(pack(written(tmp_path, raw_zip(raw_set())), limits=limits), reason)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (a_set(classes=["cat"]), "there is one class only: cat"),
        ({"cat/1.png": PNG}, "there is one class only: cat"),
        ({"1.png": PNG}, "no folder with training images"),
        (a_set(images=2), "the class cat has 2 training images that can be read"),
        (a_set() | {"ant/1.png": PNG}, "the class ant has 1 training images"),
        (a_set("train/") | {"test/fox/1.png": PNG}, "the class fox has test images, but none to train on"),
        (a_set("test/", "val/"), "there are test images, but no folder `train`"),
        (a_set(classes=["cat", "c\u202etac"]), "c\\u202etac has a name that can't be shown"),
        (a_set(classes=[str(n) for n in range(6)]), "there are more than 5 classes"),
    ],
)
def test_what_cannot_be_learned_is_refused(
    files: dict[str, bytes], reason: str, pack: Packer, tmp_path: Path
) -> None:
    done = pack(zipped(tmp_path / "a.zip", files), limits={"classes": 5})

    refused(done, reason, "dataset_unreadable")
    assert done.error["hint"] != DatasetUnreadable.hint  # to send the same again would not help


def test_the_kernel_ends_what_takes_too_long(pack: Packer, tmp_path: Path) -> None:
    files = dict.fromkeys(a_set(images=300, size=(8, 8)), a_png("x", (500, 500)))

    done = pack(zipped(tmp_path / "a.zip", files, zipfile.ZIP_STORED), limits={"cpu_seconds": 1})

    refused(done, "more processor time than is allowed")


def test_memory_is_bounded_whatever_the_size_of_the_set(pack: Packer, tmp_path: Path) -> None:
    one, files = a_png("x", (224, 224)), {}
    for number in range(1500):
        files[f"{'cat' if number % 2 else 'dog'}/{number}.png"] = one

    done = pack(zipped(tmp_path / "a.zip", files, zipfile.ZIP_STORED))

    assert done.status == 0
    assert done.out.stat().st_size > 225_000_000
    assert done.memory < 150_000_000


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd")], ids=["pipe", "link"]
)
def test_a_folder_holds_regular_files_only(make: object, pack: Packer, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "folder", a_set())
    make(folder / "cat" / "9.png")  # type: ignore[operator]

    refused(pack(folder), "9.png is neither a regular file nor a folder")


def test_a_link_to_a_folder_is_not_followed(pack: Packer, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "folder", a_set())
    (folder / "fox").symlink_to(a_folder(tmp_path / "other", a_set()))

    refused(pack(folder), "fox is neither a regular file nor a folder")
