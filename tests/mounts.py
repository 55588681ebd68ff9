"""A small file system of a test's own, without root: where the machine allows a mount namespace."""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

# Of what runs inside nothing is left once the first process of its namespace has ended, or the one out here.
NAMESPACE = ("unshare", "--map-root-user", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child")
# "$0" is the folder, "$@" the command. Not exec: a shell reaps what is orphaned, the command may not.
MOUNT = 'mount -t tmpfs -o size={0} tmpfs "$0" && {{ "$@"; exit $?; }}'
NOT_SHOWN = (
    "NOT SHOWN HERE: what a really full disk does. This machine lets no user mount a file system in a "
    "namespace of their own: unshare and mount -t tmpfs are needed"
)


def on_a_small_disk(folder: Path, size: str, command: list[str]) -> list[str]:
    """The command that runs another one where the folder is a file system of that size."""
    return [*NAMESPACE, "sh", "-c", MOUNT.format(size), str(folder), *command]


@cache
def can_mount() -> bool:
    """Whether that works here, found out by doing it."""
    if shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = on_a_small_disk(Path(folder), "1m", ["true"])
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
