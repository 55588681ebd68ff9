"""Where a test may make a process fail: `DISTILLERY_FAULT=point:nth:kill|raise|sleep`.

Faults that can't be injected from outside without root are injected here. Unarmed, a point costs nothing.
"""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

SLEEP_SECONDS = 3600.0


class InjectedFault(OSError):
    """A test asked for this."""


@dataclass
class _Armed:
    point: str
    left: int
    action: str
    fired: Path | None


_armed: _Armed | None = None


def arm(text: str | None) -> None:
    """Arm the fault that the text describes; None disarms.

    text    point:nth:action, and after another colon a file that is made when it happens. With such a file it
            happens once in all processes, and not again in whoever takes over.
    """
    global _armed
    if text is None:
        _armed = None
        return
    point, nth, action, *fired = text.split(":", 3)
    _armed = _Armed(point, int(nth), action, Path(fired[0]) if fired else None)


def point(name: str) -> None:
    """Fail here, if this is the place and the time."""
    if _armed is None or _armed.point != name:
        return
    _armed.left -= 1
    if _armed.left == 0 and not (_armed.fired and _armed.fired.exists()):
        if _armed.fired:
            _armed.fired.touch()
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
