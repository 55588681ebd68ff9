"""What foreign weights may cost: limits that the kernel keeps."""

import resource
from pathlib import Path

from core.errors import ModelRefused
from worker import confinement

MIB, GIB = 1 << 20, 1 << 30
MEMORY_BYTES = GIB  # beside what the libraries have taken already
FILE_BYTES = 2 * GIB
CPU_SECONDS = 300
OPEN_FILES = 64
USED = Path("/proc/self/statm")


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """After the libraries are loaded, whose address space depends on the machine; before any foreign byte."""
    addresses, data = _used()
    most = {
        resource.RLIMIT_DATA: data + memory_bytes,
        resource.RLIMIT_AS: addresses + 2 * memory_bytes,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    too_long = ModelRefused("reading it takes more processor time than is allowed")
    confinement.confine(most, cpu_seconds, too_long)


def _used() -> tuple[int, int]:
    """Bytes of address space, and of data in it."""
    pages = [int(number) for number in USED.read_text().split()]
    return pages[0] * resource.getpagesize(), pages[5] * resource.getpagesize()
