"""Names inside an archive: read in any script, refused where they could mean another place or each other."""

import re
import unicodedata

from core.errors import ArchiveRefused

LONGEST, DEEPEST = 1024, 32  # characters of a name, folders in it
JUNK = {"__macosx", "thumbs.db", "desktop.ini", "icon\r"}
BESIDE = {
    ".csv",
    ".htm",
    ".html",
    ".json",
    ".md",
    ".mat",
    ".npy",
    ".pdf",
    ".tsv",
    ".txt",
    ".xml",
    ".yaml",
    ".yml",
}
JOINERS = {"\u200c", "\u200d"}  # not printable by themselves, yet part of ordinary words and emoji

_DRIVE = re.compile(r"[A-Za-z]:")
_SHOWN = 200


def decoded(raw: bytes, says_utf8: bool) -> str:
    """The name as text.

    Without its flag a name is code page 437 by the book, and UTF-8 by the practice of most programs: that is
    tried first, as text in another encoding is hardly ever valid UTF-8.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if says_utf8:
            raise ArchiveRefused(
                f"the name {shown(raw.decode('cp437'))} is not the UTF-8 it is said to be"
            ) from None
        return raw.decode("cp437")


def checked(name: str) -> str:
    """The name in normal form C, without a slash at its end.

    raises ArchiveRefused if it leads elsewhere, or would on another system
    """
    for wrong, why in (
        ("\0" in name, "holds a zero byte"),
        ("\\" in name, "holds a backslash"),
        (name.startswith("/"), "is an absolute path"),
        (_DRIVE.match(name) is not None, "begins with a drive"),
        (len(name) > LONGEST, f"is longer than {LONGEST} characters"),
    ):
        if wrong:
            raise ArchiveRefused(f"the name {shown(name)} {why}")
    parts = name.removeprefix("./").removesuffix("/").split("/")
    if len(parts) > DEEPEST or not all(parts) or {".", ".."} & set(parts):
        raise ArchiveRefused(f"the name {shown(name)} leads outside, or through too many folders")
    return unicodedata.normalize("NFC", "/".join(parts))


def is_junk(name: str) -> bool:
    """Whether it is something that systems leave behind: hidden files, resource forks, previews."""
    return any(part.startswith(".") or part.casefold() in JUNK for part in name.split("/"))


def is_beside(name: str) -> bool:
    """Whether it tells of images rather than being one, by its ending: labels, captions, tables."""
    return name[name.rfind(".") :].casefold() in BESIDE


def shown(name: str) -> str:
    """The name for a message: what can't be printed escaped, and no longer than a line."""
    cut = name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
    return "".join(c if is_printable(c) else f"\\u{ord(c):04x}" for c in cut)


def is_printable(text: str) -> bool:
    """Whether all of it can be seen, and shows nothing else than it is."""
    return all(char.isprintable() or char in JOINERS for char in text)


class Distinct:
    """Refuses a second name that is, or could be taken for, one that was there already.

    Compared without case, without spaces around, and after normalisation: on some system they are one file.
    """

    def __init__(self) -> None:
        self._files: set[int] = set()  # hashes, which take a third of the room that names do
        self._folders: dict[str, str] = {}
        self._known: set[str] = set()

    def add(self, name: str, spelled: str) -> None:
        """One file, by its name in normal form and as it was spelled."""
        folded = hash(_fold(name))
        if folded in self._files:
            raise ArchiveRefused(f"two entries are called {shown(name)}, or nearly so")
        self._files.add(folded)
        folder, _, _ = name.rpartition("/")
        spelled_folder, _, _ = spelled.rpartition("/")
        if folder and spelled_folder not in self._known:
            self._known.add(spelled_folder)
            self._add_folders(folder, spelled_folder)

    def _add_folders(self, folder: str, spelled: str) -> None:
        parts, spelled_parts = folder.split("/"), spelled.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(spelled_parts[:depth])
            if self._folders.setdefault(_fold("/".join(parts[:depth])), path) != path:
                raise ArchiveRefused(f"two folders are called {shown('/'.join(parts[:depth]))}, or nearly so")


def _fold(name: str) -> str:
    if name.isascii() and " " not in name:
        return name.lower()
    return "/".join(unicodedata.normalize("NFC", part.strip().casefold()) for part in name.split("/"))
