"""How a blob is removed while others may put it again, without any lock.

Between a look at a file and its removal another one can be put in its place. So:

1. `remove` makes a folder aside, then looks, then moves the file into that folder, then looks again.
2. A `put` puts its file in place, then removes the folders aside of that digest, and only then returns.

Of a `put` that was at its place before the first look, that look sees a young file, which stays. In all
other cases the folder was there before the `put` looks for folders: either it removes the folder, and nothing
can be moved any more; or it finds in it what was moved, and takes its own file back. Hence no file whose
`put` has returned is ever moved, not even for a moment; and nobody waits for a process that stands still.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.tidying import is_old_file, listed, one_of_many, remove_old

_FULL = {errno.ENOSPC, errno.EDQUOT}
# What `rmdir` says of a folder with something in it, and of a file.
_NOT_EMPTY = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}


def remove(place: Path, staging: Path, moment: float) -> bool:
    """Delete a file that was put before a moment; whether it is gone."""
    with one_of_many(place), _aside(staging, place.name) as aside:
        if not is_old_file(place, moment):
            return False
        os.rename(place, aside)
        if is_old_file(aside, moment):
            aside.unlink()
            return True
        os.replace(aside, place)
    return False


def forbid(place: Path, staging: Path, mine: os.stat_result) -> None:
    """Let nobody remove what was put in this place just now, who may have looked before."""
    for aside in staging.iterdir():
        if aside.name.startswith(place.name):
            try:
                aside.rmdir()
            except FileNotFoundError:
                continue  # who made it is done
            except OSError as error:
                if error.errno not in _NOT_EMPTY:
                    raise
                _take_back(aside, place, mine)


def remove_staged(staging: Path, moment: float) -> None:
    """Delete what was left half-written, or half-removed, before a moment by a process that died."""
    for path in listed(staging):
        with one_of_many(path):
            if path.is_dir() and _is_aside(path):
                _remove_aside(path, moment)
            else:
                remove_old(path, moment)


@contextmanager
def _aside(staging: Path, digest: str) -> Iterator[Path]:
    """A place to move a blob to, in a folder of its own that a `put` can take away."""
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        folder = Path(tempfile.mkdtemp(dir=staging, prefix=f"{digest}."))
    except OSError as error:
        if error.errno not in _FULL:
            raise
        # A full disk has no room for a folder, and must be freed all the same. A `put` takes back what it
        # finds here, too; only that it can't forbid the move.
        yield staging / f"{digest}.{os.getpid()}"
        return
    try:
        yield folder / digest
    finally:
        with suppress(FileNotFoundError):
            folder.rmdir()


def _take_back(aside: Path, place: Path, mine: os.stat_result) -> None:
    taken = aside / place.name if aside.is_dir() else aside
    with suppress(FileNotFoundError):
        if os.path.samestat(taken.stat(), mine):
            os.replace(taken, place)


def _is_aside(path: Path) -> bool:
    digest, dot, _ = path.name.partition(".")
    return bool(dot) and len(digest) == 64


def _remove_aside(folder: Path, moment: float) -> None:
    is_old = folder.stat().st_mtime < moment
    for taken in listed(folder):
        remove_old(taken, moment)
    if is_old:
        folder.rmdir()
