"""What a job will take, told from what jobs like it took."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

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


@dataclass(frozen=True)
class Run:
    """What a like job took, scaled to the epochs of this one.

    reused    it took the teacher of an earlier job: only the student was trained
    scale     how many epochs this one has, for one of that job's
    """

    seconds: float
    device: str | None
    reused: bool
    scale: float


def estimate(session: Session, files: FileStore, owner: str, resolved: JobSpec) -> Estimate:
    """From the shortest to the longest of the like jobs, each scaled to the epochs of this one."""
    wanted = resolved.model_dump(mode="json")
    device = _device_of(session, resolved)
    runs = [_run(files, past, wanted) for past in history.alike(session, owner, resolved)]
    found = [run for run in runs if _counts(run, device, wanted)]
    if not found:
        return _unknown(device)
    seconds = [run.seconds for run in found]
    return Estimate(
        seconds_low=min(seconds), seconds_high=max(seconds), memory_bytes=None, sample_size=len(found),
        basis=f"{_count(len(found))} of yours {ALIKE}{_on(device)}, scaled to these epochs{_apart(found)}; "
        f"{NO_MEMORY}",
    )  # fmt: skip


def _run(files: FileStore, past: Past, wanted: dict[str, Any]) -> Run:
    device, reused = _told(files, past)
    scale = epochs(wanted, reused=reused) / epochs(past.resolved, reused=reused)
    return Run(max(0.0, past.seconds) * scale, device, reused, scale)


def _counts(run: Run, device: Device | None, wanted: dict[str, Any]) -> bool:
    may_reuse = wanted["teacher"]["source"].get("reuse", False) or not run.reused
    return may_reuse and device in (None, run.device) and 1 / SIMILAR <= run.scale <= SIMILAR


def _apart(found: list[Run]) -> str:
    """What either kind took, where some trained their teacher and some did not.

    Which of both this one will be depends on the images, which only its worker looks at.
    """
    kinds = {
        words: [run.seconds for run in found if run.reused is reused]
        for words, reused in (("trained their teacher", False), ("reused one", True))
    }
    if not all(kinds.values()):
        return ""
    told = (f"{len(seconds)} {words} ({_span(seconds)})" for words, seconds in kinds.items())
    return f": {', '.join(told)}"


def _span(seconds: list[float]) -> str:
    shortest, longest = f"{min(seconds):.1f}", f"{max(seconds):.1f}"
    return f"{longest} s" if shortest == longest else f"{shortest} to {longest} s"


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


def _told(files: FileStore, past: Past) -> tuple[str | None, bool]:
    """By the report: on which kind of device it ran, and whether its teacher was reused."""
    with suppress(NotFound, OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        report = json.loads(files.path(past.report or "").read_bytes())
        device, teacher = report["hardware"]["device"], report.get("teacher", {})
        reused = teacher.get("source", {}).get("kind") == "reused"
        return (device if isinstance(device, str) else None), reused
    return None, False


def _count(jobs: int) -> str:
    return "1 job" if jobs == 1 else f"{jobs} jobs"


def _on(device: Device | None) -> str:
    return "" if device is None else f" on a {'GPU' if device == 'cuda' else 'CPU'}"
