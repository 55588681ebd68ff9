"""Where a test may make a process fail: `DISTILLERY_FAULT=point:nth:kill|raise|sleep`.

Faults that can't be injected from outside without root are injected here. Unarmed, a point costs nothing.
"""

import os
import signal
import time
from dataclasses import dataclass

SLEEP_SECONDS = 3600.0


class InjectedFault(OSError):
    """A test asked for this."""


@dataclass
class _Armed:
    point: str
    left: int
    action: str


_armed: _Armed | None = None


def arm(text: str | None) -> None:
    """Arm the fault that the text describes; None disarms."""
    global _armed
    if text is None:
        _armed = None
        return
    point, nth, action = text.split(":")
    _armed = _Armed(point, int(nth), action)


def point(name: str) -> None:
    """Fail here, if this is the place and the time."""
    if _armed is None or _armed.point != name:
        return
    _armed.left -= 1
    if _armed.left == 0:
        _fail(_armed.action, name)


def _fail(action: str, name: str) -> None:
    match action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "sleep":
            time.sleep(SLEEP_SECONDS)
        case "raise":
            raise InjectedFault(28, f"no space left, as asked for at {name}")
        case _:
            raise ValueError(f"no such fault: {action}")
