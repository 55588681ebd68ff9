"""What the compiler of torch leaves, and where: gone with the process that it was compiled for."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch(out: Path) -> Iterator[None]:
    """A folder in `out` for what the compiler leaves, gone at the end; this process compiles it all itself.

    Around a whole run: torch makes that folder also when it is only imported, to export a network, say.
    """
    folder = out / ".compiled"
    os.environ["TORCHINDUCTOR_CACHE_DIR"], os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = str(folder), "1"
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
