"""The directory of a zip file, read by ourselves: nothing in it is believed that can be checked.

Python's own zipfile cuts names at a zero byte, takes the last of two equal names, and lets entries overlap.

APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.errors import ArchiveRefused

Read = Callable[[int, int], bytes]  # so many bytes, from there

END = struct.Struct("<4s4H2LH")
LOCATOR = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")
RECORD = struct.Struct("<4s6H3L5H2L")
EXTRA = struct.Struct("<2H")
WIDE = 1  # extra field: values of 64 bits
LONGEST_COMMENT = 0xFFFF
LARGEST = 256 << 20  # bytes of a directory: it is read at once
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF  # the value stands in a 64-bit field instead


@dataclass(frozen=True, slots=True)
class Record:
    """What the directory says of one entry."""

    raw_name: bytes
    extra: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    attributes: int
    offset: int


@dataclass(frozen=True)
class Directory:
    """Where the directory lies. Entries end where it begins."""

    offset: int
    size: int
    entries: int


def find(read: Read, size: int) -> Directory:
    """The directory of a file of so many bytes.

    raises ArchiveRefused if it is no zip, or one that is cut short
    """
    tail = read(max(0, size - END.size - LONGEST_COMMENT), END.size + LONGEST_COMMENT)
    at = tail.rfind(b"PK\5\6")
    while at >= 0 and not _ends_the_file(tail, at):
        at = tail.rfind(b"PK\5\6", 0, at)
    if at < 0:
        raise ArchiveRefused("it is not a zip file, or not a whole one")
    _, disk, first, here, entries, length, offset, _ = END.unpack_from(tail, at)
    end = size - len(tail) + at
    if FULL16 in (disk, first, here, entries) or FULL32 in (length, offset):
        end, disk, first, here, entries, length, offset = _wide(read, end)
    if disk or first or here != entries:
        raise ArchiveRefused("it is one of several parts of a zip file")
    if offset + length != end:
        raise ArchiveRefused("its directory does not lie where it says")
    if length > LARGEST:
        raise ArchiveRefused(f"its directory has more than {LARGEST:,} bytes")
    return Directory(offset, length, entries)


def records(read: Read, directory: Directory) -> Iterator[Record]:
    """Every entry, in the order of the directory."""
    content, at = read(directory.offset, directory.size), 0
    for _ in range(directory.entries):
        if content[at : at + 4] != b"PK\1\2" or len(content) < at + RECORD.size:
            raise ArchiveRefused("its directory is damaged")
        fields = RECORD.unpack_from(content, at)
        _, _, _, flags, method, _, _, crc, packed, size, name, extra, comment, disk, _, attributes, offset = (
            fields
        )
        start = at + RECORD.size
        at = start + name + extra + comment
        if at > len(content) or disk not in (0, FULL16):
            raise ArchiveRefused("its directory is damaged")
        beside = content[start + name : start + name + extra]
        wide = _wide_values(beside, (size, packed, offset))
        yield Record(
            content[start : start + name], beside, flags, method, crc, wide[1], wide[0], attributes, wide[2]
        )
    if at != len(content):
        raise ArchiveRefused("its directory holds more entries than it says")


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """What stands beside a name: kinds and contents, as far as they are whole or cut short by the end."""
    at = 0
    while at + EXTRA.size <= len(extra):
        kind, length = EXTRA.unpack_from(extra, at)
        at += EXTRA.size + length
        yield kind, extra[at - length : at]


def _ends_the_file(tail: bytes, at: int) -> bool:
    return len(tail) >= at + END.size and at + END.size + END.unpack_from(tail, at)[-1] == len(tail)


def _wide(read: Read, end: int) -> tuple[int, ...]:
    """The same fields from the 64-bit record: where it lies, disks, entries, length and offset."""
    locator = read(end - LOCATOR.size, LOCATOR.size) if end >= LOCATOR.size else b""
    if len(locator) < LOCATOR.size or locator[:4] != b"PK\6\7":
        raise ArchiveRefused("its end is damaged")
    at = LOCATOR.unpack(locator)[2]
    record = read(at, END64.size) if at + END64.size <= end else b""
    if len(record) < END64.size or record[:4] != b"PK\6\6":
        raise ArchiveRefused("its end is damaged")
    return (at, *END64.unpack(record)[4:])


def _wide_values(extra: bytes, values: tuple[int, int, int]) -> list[int]:
    """Size, packed size and offset, each from the 64-bit extra field where it has no room in its own."""
    wide = dict(extra_fields(extra)).get(WIDE, b"")
    found = []
    for value in values:
        if value == FULL32 and len(wide) >= 8:
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        found.append(value)
    return found
