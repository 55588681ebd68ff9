"""Files straight out of a zip: nothing is extracted, so nothing can be written to a wrong place."""

import os
import stat
import struct
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from core.errors import ArchiveRefused
from worker.packing import zip_directory
from worker.packing.entry_names import OTHER_ENCODING, spelled
from worker.packing.limits import MIB, Limits
from worker.packing.names import Distinct, checked, is_junk, shown
from worker.packing.source import DamagedFile, File, within
from worker.packing.zip_directory import Record

LOCAL = struct.Struct("<4s5H3L2H")
STORED, DEFLATED = 0, 8
ENCRYPTED = 0x2041  # flags; three bits mean some kind of encryption


@dataclass(frozen=True, slots=True)
class Entry(File):
    """A file in a zip.

    offset, end    of its bytes in the archive, its own header among them; the next entry begins at `end`
    packed         bytes of its content there
    """

    offset: int
    end: int
    packed: int
    method: int
    crc: int


class ZipSource:
    """A zip file. It is open for as long as this object lives.

    names_encoding    how names are written of which the zip does not say it
    guessed           those of which nobody does
    """

    def __init__(self, path: Path, limits: Limits, names_encoding: str | None = None) -> None:
        self._names_encoding = names_encoding
        self.guessed: list[str] = []
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._handle).st_size
        self.files = self._entries(limits)
        within(self.files, limits)

    def read(self, file: File) -> bytes:
        """The content, its length and checksum compared with what the directory says."""
        assert isinstance(file, Entry)
        header = self._bytes(file.offset, LOCAL.size)
        if len(header) < LOCAL.size or header[:4] != b"PK\3\4":
            raise DamagedFile("there is no entry where the directory says")
        *_, name, extra = LOCAL.unpack(header)
        start = file.offset + LOCAL.size + name + extra
        if start + file.packed > file.end:
            raise ArchiveRefused(f"{shown(file.name)} overlaps with another entry")
        content = _unpacked(self._bytes(start, file.packed), file)
        if zlib.crc32(content) != file.crc:
            raise DamagedFile("its checksum is wrong")
        return content

    def _entries(self, limits: Limits) -> list[Entry]:
        directory = zip_directory.find(self._bytes, self.size)
        if directory.entries > limits.entries:
            raise ArchiveRefused(f"it has more than {limits.entries:,} entries")
        starts = _starts(zip_directory.records(self._bytes, directory), directory.offset)
        distinct = Distinct()
        found = []
        # Read twice rather than kept: a million records take as much memory as is allowed.
        for record in zip_directory.records(self._bytes, directory):
            end = starts[bisect_right(starts, record.offset)]
            if record.offset + LOCAL.size + record.packed > end:
                raise _overlap(record)
            name = self._name(record, distinct)
            if name is not None:
                _judge(record, name, limits)
                if not is_junk(name):
                    found.append(
                        Entry(name, record.size, record.offset, end, record.packed,
                              record.method, record.crc)
                    )  # fmt: skip
        return found

    def _name(self, record: Record, distinct: Distinct) -> str | None:
        """Of a file, in normal form C; None for a folder."""
        said = spelled(record, self._names_encoding)
        try:
            name = checked(said.text)
            if not _is_file(record, name, said.text.endswith("/")):
                return None
            distinct.add(name, said.text.removeprefix("./"))
        except ArchiveRefused as refused:
            # A name that is read as it is not written can hold anything.
            hint = OTHER_ENCODING if said.is_guessed else refused.advice
            raise ArchiveRefused(refused.detail, hint=hint) from None
        if said.is_guessed and not is_junk(name):
            self.guessed.append(name)
        return name

    def _bytes(self, offset: int, size: int) -> bytes:
        return os.pread(self._handle, size, offset)


def _starts(records: Iterable[Record], last: int) -> "array[int]":
    """Where each entry begins, in order, and where the last one must have ended: entries share no byte."""
    starts = array("Q")
    for record in records:
        if record.offset >= last:
            raise _overlap(record)
        starts.append(record.offset)
    starts = array("Q", sorted(starts))
    if any(one == other for one, other in pairwise(starts)):
        raise ArchiveRefused("two entries lie at the same place")
    starts.append(last)
    return starts


def _overlap(record: Record) -> ArchiveRefused:
    return ArchiveRefused(f"{shown(record.raw_name.decode('cp437'))} overlaps with another entry")


def _is_file(record: Record, name: str, is_folder: bool) -> bool:
    """Whether it is a regular file, and not a folder, as its name says.

    raises ArchiveRefused for links, devices and pipes
    """
    kind = stat.S_IFMT(record.attributes >> 16)
    if is_folder:
        if kind in (0, stat.S_IFDIR):
            return False
    elif kind in (0, stat.S_IFREG):
        return True
    raise ArchiveRefused(f"{shown(name)} is neither a regular file nor a folder")


def _judge(record: Record, name: str, limits: Limits) -> None:
    """raises ArchiveRefused for what is not read, or costs more than it may."""
    dense = record.size >= MIB and record.size > limits.ratio * record.packed
    for wrong, why in (
        (record.flags & ENCRYPTED, "is encrypted"),
        (record.method not in (STORED, DEFLATED), "is compressed by another method than deflate"),
        (record.method == STORED and record.packed != record.size, "has two sizes"),
        (record.packed > limits.file_bytes, f"has more than {limits.file_bytes:,} bytes"),
        (dense, f"unpacks to more than {limits.ratio} times its size"),
    ):
        if wrong:
            raise ArchiveRefused(f"{shown(name)} {why}")


def _unpacked(packed: bytes, entry: Entry) -> bytes:
    """The bytes of the entry, of which no more than one too many are ever made."""
    if len(packed) < entry.packed:
        raise DamagedFile("it is cut short")
    if entry.method == STORED:
        return packed
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflate.decompress(packed, entry.size + 1)
    except zlib.error:
        raise DamagedFile("its compressed data are damaged") from None
    if len(content) > entry.size:
        raise ArchiveRefused(f"{shown(entry.name)} holds more bytes than it says")
    if len(content) < entry.size:
        raise DamagedFile("it holds fewer bytes than it says")
    return content
