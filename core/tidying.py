"""For whoever removes old files: what befalls one of them is told, and never keeps the others."""

import logging
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger("distillery.files")


@contextmanager
def one_of_many(path: Path) -> Iterator[None]:
    """What can't be done with one thing is told, and the next one has its turn."""
    try:
        yield
    except FileNotFoundError:
        pass  # somebody else was faster
    except OSError as error:
        log.warning("%s is left as it is: %s", path, error.strerror or error)


def listed(folder: Path) -> list[Path]:
    """What lies in a folder; nothing where there is none, or none that can be read."""
    with one_of_many(folder):
        return sorted(folder.iterdir())
    return []


def is_old_file(path: Path, moment: float) -> bool:
    """Whether it is a file, last written before a moment; False of what can't be looked at."""
    with one_of_many(path):
        seen = path.lstat()
        if not stat.S_ISREG(seen.st_mode):
            log.warning("%s is left as it is: no file", path)
        return stat.S_ISREG(seen.st_mode) and seen.st_mtime < moment
    return False


def remove_old(path: Path, moment: float) -> None:
    """Delete a file that was last written before a moment."""
    with one_of_many(path):
        if is_old_file(path, moment):
            path.unlink()
