"""What a job will take, told from what jobs like it took."""

import json
from contextlib import suppress
from typing import Literal

from app.schemas.jobs import Estimate
from core.errors import NotFound
from core.files import FileStore
from core.spec import JobSpec
from core.spec.likeness import epochs
from core.store import history, workers
from core.store.history import Past
from core.store.session import Session

Device = Literal["cpu", "cuda"]
# Of the epochs: what is further off spends another share of its time beside them.
SIMILAR = 4.0
ALIKE = "with the same data set, networks, batch size and resources"
NO_MEMORY = "how much memory they took is not recorded"


def estimate(session: Session, files: FileStore, owner: str, resolved: JobSpec) -> Estimate:
    """From the shortest to the longest of the like jobs, each scaled to the epochs of this one."""
    wanted = epochs(resolved.model_dump(mode="json"))
    found = [
        past for past in history.alike(session, owner, resolved)
        if 1 / SIMILAR <= wanted / epochs(past.resolved) <= SIMILAR
    ]  # fmt: skip
    device = _device_of(session, resolved)
    if device is not None:
        found = [past for past in found if _ran_on(files, past) == device]
    if not found:
        return _unknown(device)
    seconds = [max(0.0, past.seconds) * wanted / epochs(past.resolved) for past in found]
    return Estimate(
        seconds_low=min(seconds), seconds_high=max(seconds), memory_bytes=None, sample_size=len(found),
        basis=f"{_count(len(found))} of yours {ALIKE}{_on(device)}, scaled to these epochs; {NO_MEMORY}",
    )  # fmt: skip


def _unknown(device: Device | None) -> Estimate:
    return Estimate(
        seconds_low=None, seconds_high=None, memory_bytes=None, sample_size=0,
        basis=f"no job of yours {ALIKE}{_on(device)} and a similar number of epochs has succeeded at once",
    )  # fmt: skip


def _device_of(session: Session, resolved: JobSpec) -> Device | None:
    """The kind that the job would run on now; None where no worker is there to tell."""
    if resolved.resources.gpus == 0:
        return "cpu"
    gpus = workers.most_gpus(session)
    if resolved.resources.gpus == "auto" and not gpus:
        return None if gpus is None else "cpu"
    return "cuda"


def _ran_on(files: FileStore, past: Past) -> str | None:
    with suppress(NotFound, OSError, ValueError, RecursionError, LookupError, TypeError):
        found = json.loads(files.path(past.report or "").read_bytes())["hardware"]["device"]
        return found if isinstance(found, str) else None
    return None


def _count(jobs: int) -> str:
    return "1 job" if jobs == 1 else f"{jobs} jobs"


def _on(device: Device | None) -> str:
    return "" if device is None else f" on a {'GPU' if device == 'cuda' else 'CPU'}"
