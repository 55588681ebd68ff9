"""The folder that everything of a local service lies in: is it still there, and can it be written to?"""

import logging
import os

from core.errors import DistilleryError, FilesUnavailable, StoreUnavailable
from core.settings import Settings

log = logging.getLogger("distillery.api")


def check(settings: Settings, *, writes: bool = False) -> None:
    """Raise StoreUnavailable where the home is gone, or can't be written to by who wants to.

    SQLite goes on in a file that was deleted: a job would be accepted there, and lost.
    """
    if trouble := _trouble(settings, writes):
        raise StoreUnavailable(
            f"the home folder of the service, $DISTILLERY_HOME, {trouble}",
            hint="Nothing was changed. Whoever runs the service: its log says where the folder should be; "
            "bring it back as it was, or start the service again.",
        )


def explained(error: DistilleryError, settings: Settings) -> DistilleryError:
    """The error, or the state of the home where that is the cause."""
    if isinstance(error, StoreUnavailable | FilesUnavailable):
        try:
            check(settings, writes=True)
        except StoreUnavailable as cause:
            # Where it lies is the operator's business: the log says it, the answer does not.
            log.error("%s: %s", cause.detail, settings.home)
            return cause
    return error


def _trouble(settings: Settings, writes: bool) -> str | None:
    if settings.database_url is not None and settings.files_url is not None:
        return None  # nothing that is served lies there
    if not settings.home.is_dir():
        return "is missing"
    if settings.database_file is not None and not settings.database_file.is_file():
        return "has lost its database"
    if writes and not os.access(settings.home, os.W_OK | os.X_OK):
        return "can't be written to"
    return None
