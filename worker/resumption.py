"""Lay ready what an attempt goes on from: the newest sound checkpoint, and the teacher that goes with it."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import CheckpointUnreadable, DigestMismatch, FilesUnavailable, NotFound
from core.files import FileStore
from core.store import checkpoints, events
from core.store.attempts import Claimed
from core.store.session import Database
from core.store.tables import Checkpoint


@dataclass(frozen=True)
class Resumption:
    """Files in the attempt's folder; None where there is none, as at the first attempt."""

    training: Path | None
    teacher: Path | None
    sequence: int

    def words(self) -> list[str]:
        """How the trainer is told."""
        found = (("--resume", self.training), ("--teacher", self.teacher))
        return [word for option, path in found if path is not None for word in (option, str(path))]


def lay_ready(database: Database, files: FileStore, attempt: Claimed, folder: Path) -> Resumption:
    """Fetch and verify; what is damaged is told of, and the one before is taken.

    CheckpointUnreadable    there are some, but none is sound: the job must not start anew in silence
    FilesUnavailable        none could be read now: that may be different later
    """
    with database.reading() as session:
        training = checkpoints.newest(session, attempt.job_id, "training")
        teacher = checkpoints.newest(session, attempt.job_id, "teacher")
    taken = _first_sound(database, files, attempt, training, folder / "resume.ckpt")
    taught = _first_sound(database, files, attempt, teacher, folder / "teacher.resume.safetensors")
    return Resumption(
        training=folder / "resume.ckpt" if taken else None,
        teacher=folder / "teacher.resume.safetensors" if taught else None,
        sequence=taken.sequence if taken else 0,
    )


def _first_sound(
    database: Database, files: FileStore, attempt: Claimed, found: list[Checkpoint], to: Path
) -> Checkpoint | None:
    away: FilesUnavailable | None = None
    for checkpoint in found:
        try:
            files.fetch(checkpoint.digest, to)
        except (DigestMismatch, NotFound, FilesUnavailable) as error:
            _tell(database, attempt, checkpoint, error.detail)
            away = error if isinstance(error, FilesUnavailable) else away
            continue
        return checkpoint
    if found:
        raise away or CheckpointUnreadable
    return None


def _tell(database: Database, attempt: Claimed, checkpoint: Checkpoint, detail: str) -> None:
    data = {"kind": checkpoint.kind, "sequence": checkpoint.sequence, "detail": detail}
    with database.writing() as session:
        events.append(session, attempt.job_id, "checkpoint_damaged", data)
