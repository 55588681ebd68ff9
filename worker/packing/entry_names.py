"""What the name of an entry in a zip is as text: written in one of several ways, and not always said which.

APPNOTE.TXT 6.3.10, section 4.6.9 and appendix D. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

import zlib
from dataclasses import dataclass

from core.errors import ArchiveRefused
from worker.packing import zip_directory
from worker.packing.names import decoded, shown
from worker.packing.zip_directory import Record

UTF8 = 0x800  # flag
UNICODE_PATH = 0x7075  # extra field of Info-ZIP: version, checksum of the name that it stands for, UTF-8
VERSION, CHECKSUM = 1, slice(1, 5)
OTHER_ENCODING = "Say how names are written in it, with names_encoding: cp866, shift_jis or gbk, say."


@dataclass(frozen=True, slots=True)
class Spelled:
    """The name, with slashes between its folders.

    is_guessed    nothing says how it is written: it is read as code page 437, by the book
    """

    text: str
    is_guessed: bool = False


def spelled(record: Record, encoding: str | None) -> Spelled:
    """By the flag for UTF-8, else by Info-ZIP's field, else as whoever sent it says, else by its looks.

    encoding    names without a word on them are written in it; it goes before looks, as "раб" in code page
                866 is valid UTF-8, too

    raises ArchiveRefused if it is not written as it should be
    """
    says_utf8 = bool(record.flags & UTF8)
    if not says_utf8 and (better := _unicode_path(record)) is not None:
        return Spelled(_with_slashes(decoded(better, says_utf8=True)))
    if encoding is not None and not says_utf8:
        return Spelled(_with_slashes(_written_in(encoding, record.raw_name)))
    text = decoded(record.raw_name, says_utf8)
    return Spelled(_with_slashes(text), text.encode() != record.raw_name)


def _unicode_path(record: Record) -> bytes | None:
    """The name beside the name; None where there is none, or where it was made for another one."""
    for kind, content in zip_directory.extra_fields(record.extra):
        if kind == UNICODE_PATH and content[:1] == bytes([VERSION]):
            stands_for = int.from_bytes(content[CHECKSUM], "little")
            return content[CHECKSUM.stop :] if stands_for == zlib.crc32(record.raw_name) else None
    return None


def _written_in(encoding: str, raw: bytes) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise ArchiveRefused(
            f"the name {shown(raw.decode('cp437'))} is not written in {encoding}", hint=OTHER_ENCODING
        ) from None


def _with_slashes(text: str) -> str:
    """Programs of Windows part folders by backslashes; beside a slash, one belongs to a name."""
    return text if "/" in text else text.replace("\\", "/")
