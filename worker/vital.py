"""Names by which others on this machine can tell that whoever bears one is dead."""

import hashlib
import os
import secrets
import socket
from functools import cache
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
PROCESSES = Path("/proc")
NETWORK = Path("/sys/class/net")


def new_name() -> str:
    """`place.pid.start.random`, 40 characters at most: for something of this process, never given twice."""
    pid = os.getpid()
    return f"{_place()}.{pid}.{_started(pid)}.{secrets.token_hex(2)}"


def is_dead(name: str) -> bool:
    """Whether the process of that name has certainly ended; one of another machine is never said to have."""
    match name.split("."):
        case [place, pid, start, _] if place == _place() and pid.isdecimal():
            return _started(int(pid)) != start
    return False


@cache
def _place() -> str:
    """This boot of this machine, and the name space that gives process ids their meaning.

    Machines that were cloned while they ran share their boot: hence also their names and network cards.
    """
    cards = [device.parent / "address" for device in sorted(NETWORK.glob("*/device"))]
    seen = [BOOT.read_text(), os.readlink("/proc/self/ns/pid"), socket.gethostname()]
    seen += [card.read_text() for card in cards]
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:12]


def _started(pid: int) -> str | None:
    """When it started, in ticks since the boot; None when there is no such process, or only its remains."""
    try:
        fields = (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
