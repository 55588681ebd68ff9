"""Bring a home into order: migrate its database, and make its first key. `python -m app.local.prepare`"""

import os

from core.errors import Unauthorized
from core.settings import Settings, read_or_exit
from core.store import keys, migrate
from core.store.session import Database, Session

OWNER = "local"


def prepare(settings: Settings) -> None:
    """Idempotent: a second start changes nothing."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database)
    try:
        migrate.upgrade(database)
        with database.writing() as session:
            if not _has_key(session, settings):
                _write_private(settings, keys.create(session, "first key", OWNER, keys.SCOPES))
    finally:
        database.close()


def _has_key(session: Session, settings: Settings) -> bool:
    """Whether the key in the file is one of this database."""
    try:
        keys.verify(session, settings.api_key_file.read_text().strip())
    except (Unauthorized, FileNotFoundError):
        return False
    return True


def _write_private(settings: Settings, key: str) -> None:
    path = settings.api_key_file
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(key + "\n")


if __name__ == "__main__":
    prepare(read_or_exit())
