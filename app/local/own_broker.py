"""The broker of a local service. All that it holds is rung again: it never takes the service down."""

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.local import broker
from app.local.child import REST_SECONDS, Child
from app.local.saying import say

# One that ends so soon may end of what it found in its folder.
SOON_SECONDS = 10.0
# Of the rest before the next start: it is half a minute then.
MOST_DOUBLINGS = 5
# As many short lives, one after the other, are no accident.
KEEPS_ENDING = 3


@dataclass(kw_only=True)
class OwnBroker(Child):
    """Started again however often it ends; on an empty folder when it ended soon after a start.

    listen         its socket
    folder         what it keeps; the one that it did not come up with is moved aside
    short_lives    how often in a row it has ended soon after a start
    """

    listen: Path
    folder: Path
    short_lives: int = 0
    _started: float = 0.0
    _answered: bool = False
    _due: float | None = None

    def start(self) -> None:
        self._started, self._answered, self._due = time.monotonic(), False, None
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.listen.unlink(missing_ok=True)
        super().start()

    def come_up(self) -> None:
        """Start it, and return once it answers; NoBroker when it does not on an empty folder either."""
        self.start()
        try:
            self._wait_until_up()
        except broker.NoBroker:
            self.stop()
            self._begin_anew()
            self.start()
            self._wait_until_up()

    def revive(self) -> bool:
        """Start it again when it has rested. True in any case: without it, jobs are accepted and wait.

        It takes a moment only: whoever looks after the others is not kept waiting.
        """
        if self.is_running():
            if not self._may_come_up():
                self.kill()  # seen at the next look
            return True
        if self._due is None:
            self._due = time.monotonic() + self._rest()
        if time.monotonic() >= self._due:
            with suppress(OSError):  # of a full disk: the next one may do
                self.start()
        return True

    def _may_come_up(self) -> bool:
        """Whether it has answered since it was started, or has still time to."""
        self._answered = self._answered or broker.answers(self.listen)
        return self._answered or time.monotonic() < self._started + broker.STARTS_WITHIN_SECONDS

    def _rest(self) -> float:
        """After it has ended: make room for the next start, and say how long to wait for it."""
        if self._answered and time.monotonic() > self._started + SOON_SECONDS:
            self.short_lives = 0
        else:
            self._begin_anew()
        return float(REST_SECONDS * 2 ** min(self.short_lives, MOST_DOUBLINGS))

    def _begin_anew(self) -> None:
        """Take its folder away: the first is kept for who wants to look into it, later ones were empty."""
        self.short_lives += 1
        with suppress(OSError):
            if self.short_lives == 1:
                self._set_aside()
            else:
                shutil.rmtree(self.folder)
        if self.short_lives == KEEPS_ENDING:
            say(f"the broker keeps ending; jobs are accepted, and wait until it stays. Its log: {self.log}")

    def _set_aside(self) -> None:
        aside = self.folder.with_name(f"{self.folder.name}.damaged")
        shutil.rmtree(aside, ignore_errors=True)
        self.folder.rename(aside)
        say(f"the broker did not stay up: it starts on an empty folder, and its old one is now {aside}")

    def _wait_until_up(self) -> None:
        try:
            broker.wait_until_up(self.listen, self.is_running)
        except broker.NoBroker as error:
            raise broker.NoBroker(error.detail, hint=f"Its log: {self.log}") from error
