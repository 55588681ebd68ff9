"""Archives as people have them, and as nobody should: every byte of the second kind can be chosen."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

REGULAR = 0o100644 << 16


def picture(seed: Any, size: tuple[int, int] = (16, 16), mode: str = "RGB") -> Image.Image:
    """Noise that no other seed gives."""
    width, height = size
    channels = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, random.Random(repr(seed)).randbytes(width * height * channels))


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def a_png(seed: Any, size: tuple[int, int] = (16, 16)) -> bytes:
    return encoded(picture(seed, size))


def a_set(
    *folders: str, classes: Sequence[str] = ("cat", "dog"), images: int = 4, size: tuple[int, int] = (16, 16)
) -> dict[str, bytes]:
    """Content by name: so many images of each class in each of the folders, or without one."""
    return {
        f"{folder}{name}/{number}.png": a_png((folder, name, number), size)
        for folder in (folders or ("",))
        for name in classes
        for number in range(images)
    }


def zipped(path: Path, files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """By an ordinary program."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def a_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


@dataclass(frozen=True)
class Raw:
    """One entry, with whatever a lie needs. None is the truth."""

    name: bytes
    content: bytes = b""
    deflate: bool = False
    flags: int = 0
    method: int | None = None
    attributes: int = REGULAR
    size: int | None = None
    packed: int | None = None
    crc: int | None = None
    offset: int | None = None
    extra: bytes = b""


def raw_zip(entries: Sequence[Raw], *, gap: bytes = b"", comment: bytes = b"", **end: int) -> bytes:
    """The bytes of an archive of these entries.

    gap    between the entries and the directory
    end    other values for the record at the end: disk, count, length, offset
    """
    body, directory = bytearray(), bytearray()
    for entry in entries:
        content = entry.content
        if entry.deflate:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
            content = deflate.compress(content) + deflate.flush()
        method = (8 if entry.deflate else 0) if entry.method is None else entry.method
        crc = zlib.crc32(entry.content) if entry.crc is None else entry.crc
        packed = len(content) if entry.packed is None else entry.packed
        size = len(entry.content) if entry.size is None else entry.size
        offset = len(body) if entry.offset is None else entry.offset
        common = (entry.flags, method, 0, 0x21, crc, packed, size, len(entry.name), len(entry.extra))
        body += struct.pack("<4s5H3L2H", b"PK\3\4", 20, *common) + entry.name + entry.extra + content
        directory += struct.pack("<4s6H3L2H", b"PK\1\2", 0x314, 20, *common)
        directory += struct.pack("<3H2L", 0, 0, 0, entry.attributes, offset) + entry.name + entry.extra
    body += gap
    said = {"disk": 0, "count": len(entries), "length": len(directory), "offset": len(body)} | end
    tail = struct.pack(
        "<4s4H2LH", b"PK\5\6", said["disk"], said["disk"], said["count"], said["count"], said["length"],
        said["offset"], len(comment),
    )  # fmt: skip
    return bytes(body + directory + tail + comment)


def raw_set(*more: Raw) -> list[Raw]:
    """The entries of a sound set, and some more."""
    return [*(Raw(name.encode(), content) for name, content in a_set().items()), *more]
