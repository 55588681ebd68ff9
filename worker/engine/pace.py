"""How fast a training goes: images and seconds, over all attempts."""

import time
from collections.abc import Callable, Mapping


class Pace:
    """Counts images and the seconds they took; what lies between `stop` and `start` does not count.

    now    a clock that never goes back, in seconds
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.images = 0
        self.seconds = 0.0
        self.since = self._now()
        self.epoch = (0, 0.0)
        self.told = 0.0

    def new_epoch(self) -> None:
        """From here on `rate` counts."""
        self.epoch = (self.images, self.seconds)

    def start(self) -> None:
        self.since = self._now()

    def stop(self) -> None:
        now = self._now()
        self.seconds, self.since = self.seconds + now - self.since, now

    def untold(self) -> float:
        """Seconds since the rate was last asked for."""
        return self.seconds + self._now() - self.since - self.told

    def rate(self) -> float | None:
        """Images a second of the epoch so far. True where the host has just waited for the device.

        None before its first step, while a teacher is asked ahead.
        """
        self.stop()
        self.told = self.seconds
        return (self.images - self.epoch[0]) / (self.seconds - self.epoch[1]) or None

    def mean(self) -> float:
        """Images a second over the whole training."""
        return self.images / self.seconds

    def state(self) -> dict[str, int | float]:
        return {"images": self.images, "seconds": self.seconds}

    def restore(self, state: Mapping[str, int | float]) -> None:
        self.images, self.seconds = int(state["images"]), float(state["seconds"])
        self.epoch, self.told = (self.images, self.seconds), self.seconds
