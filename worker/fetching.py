"""Run the one program that needs a network, for as long as what it fetches is wanted."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from core.errors import DatasetUnavailable, DiskFull, StoreUnavailable, WeightsUnavailable
from core.lifecycle import Wish
from core.store import attempts
from core.store.attempts import Claimed
from core.store.session import Database
from worker.outcome import Outcome
from worker.supervisor import Place
from worker.trainer_process import die_with

FETCHER = "worker.fetch"
LOOK_SECONDS = 1.0

Look = Callable[[], None]
Missing = type[DatasetUnavailable] | type[WeightsUnavailable]


class BrokenOff(Exception):
    """What was under way is no longer wanted."""

    def __init__(self, ended: Outcome) -> None:
        self.ended = ended


def fetch(words: Sequence[str], folder: Path, look: Look, missing: Missing = DatasetUnavailable) -> None:
    """A process of its own, which torchvision brings torch into, and which dies with this one.

    words     what to fetch, as its command line says it
    look      is called every now and then; what it raises breaks the download off
    missing   is raised where it can't be had, with what the process says
    """
    command = [sys.executable, "-m", FETCHER, *words, "--to", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=folder,
        preexec_fn=partial(die_with, os.getpid()),
    ) as fetching:  # fmt: skip
        try:
            said = _stay_with(fetching, look)
        finally:
            fetching.kill()
    if fetching.returncode != 0:
        raise _unavailable(" ".join(words), said, missing)


def go_on(database: Database, attempt: Claimed, place: Place) -> None:
    """Renew the lease, and hear whether somebody asks for an end.

    A stop is for the trainer, which has yet to come.

    BrokenOff    by a drain, or by the person
    LeaseLost    the job belongs to a newer attempt
    """
    if place.holding.is_draining():
        raise BrokenOff(Outcome("suspended"))
    try:
        with database.writing() as session:
            wish = attempts.beat(session, attempt)
    except (StoreUnavailable, DiskFull):
        return
    match wish:
        case Wish.CANCEL:
            raise BrokenOff(Outcome("cancelled"))
        case Wish.PAUSE:
            raise BrokenOff(Outcome("suspended"))


def _stay_with(fetching: subprocess.Popen[str], look: Look) -> str:
    """What it has said by its end."""
    while True:
        try:
            _, said = fetching.communicate(timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            look()
        else:
            return said


def _unavailable(what: str, said: str, missing: Missing) -> DatasetUnavailable | WeightsUnavailable:
    """What the fetching process said: a line `code: detail`, and behind it what to do."""
    _, found, rest = said.rpartition(f"{missing.code}: ")
    detail, _, advice = rest.strip().partition("\n")
    if not found:
        return missing(f"fetching {what} failed: {said.strip()[-500:]}")
    return missing(detail[:1000], hint=advice or None)
