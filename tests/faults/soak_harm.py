"""Whom a soak can harm, and what was done so far: it must stay within what a service has to bear."""

import os
import re
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from signal import Signals

from app.local.child import MOST_DEATHS, WINDOW_SECONDS
from tests.faults.world import World
from tests.local_service import commands

LOOK_SECONDS = 5.0
TRAINER = "stand_in_trainer"
_JOB = re.compile(r"job_\w+")


@dataclass
class Harmed:
    """A world, and a memory of the harm."""

    world: World
    broker_socket: str
    # How often the trainer of a job was killed or frozen: as many failures are no defect.
    struck: Counter[str] = field(default_factory=Counter)
    # How many attempts may have been ended from outside, at any moment.
    cut_short: int = 0
    _deaths: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def victim(self, mark: str, chance: float) -> int | None:
        """One of the processes with the mark in their command lines; None if there is none for a while."""
        until = time.monotonic() + LOOK_SECONDS
        while not (found := self._marked(mark)):
            if time.monotonic() > until:
                return None
            time.sleep(0.05)
        pid, line = found[int(chance * len(found))]
        if mark == TRAINER and (job := _JOB.search(line)):
            self.struck[job[0]] += 1
        return pid

    def send(self, pid: int | None, *signals: Signals, group: bool = False) -> None:
        """To a process that may be gone."""
        for each in signals if pid is not None else ():
            with suppress(ProcessLookupError):
                (os.killpg if group else os.kill)(pid, each)

    def may_die(self, mark: str) -> None:
        """Wait while one more death would make the launcher give up: that is for another test."""
        deaths = self._deaths[mark]
        if len(deaths) >= MOST_DEATHS:
            time.sleep(max(0.0, deaths[-MOST_DEATHS] + WINDOW_SECONDS + 1 - time.monotonic()))
        deaths.append(time.monotonic())

    def _marked(self, mark: str) -> list[tuple[int, str]]:
        home = self.world.service.settings.home
        return sorted((pid, line) for pid, line in commands(home).items() if mark in line)
