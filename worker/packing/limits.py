"""What a foreign archive may cost: numbers for the reader, and limits that the kernel keeps."""

import json
import resource
from dataclasses import dataclass, fields
from typing import Self

from core.errors import ArchiveRefused
from worker import confinement

MIB, GIB = 1 << 20, 1 << 30


@dataclass(frozen=True)
class Limits:
    """Bounds of one packing; each can be set by name in --limits.

    ratio           unpacked to packed bytes of an entry of a MiB or more; deflate itself ends at 1,032
    image_pixels    of one image; more is not decoded
    columns, cells  of a table
    corrupt_share   of the files of the set: more unreadable ones, and the set is refused
    memory_bytes    of this process, without the files behind its mappings
    """

    entries: int = 1_000_000
    classes: int = 10_000
    total_bytes: int = 256 * GIB
    file_bytes: int = 64 * MIB
    ratio: int = 200
    image_pixels: int = 64 * MIB
    corrupt_share: float = 0.01
    columns: int = 1_000
    cells: int = 100_000_000
    packed_bytes: int = 64 * GIB
    memory_bytes: int = GIB
    cpu_seconds: int = 6 * 3600
    open_files: int = 64

    @classmethod
    def parse(cls, text: str) -> Self:
        """Those that the JSON object names; the others stay.

        raises ValueError for what is no limit, or no number above 0
        """
        given = json.loads(text)
        if not isinstance(given, dict):
            raise ValueError("must be a JSON object")
        known = {field.name: field.type for field in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"no such limit: {name}; there are {', '.join(known)}")
            sound = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**62
            if not sound and not (name == "corrupt_share" and value == 0):
                raise ValueError(f"{name} must be a number above 0")
        return cls(**{name: v if name == "corrupt_share" else int(v) for name, v in given.items()})


def confine(limits: Limits) -> None:
    """Let the kernel end what outgrows its limits. Before any foreign byte is read, and for ever."""
    # Beside its data a process maps code, and reserves without using: hence twice as much address space.
    most = {
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_AS: 2 * limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.packed_bytes + limits.packed_bytes // 8 + 256 * MIB,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    too_long = ArchiveRefused("reading it takes more processor time than is allowed")
    confinement.confine(most, limits.cpu_seconds, too_long)
