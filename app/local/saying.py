"""Tell whoever started the service something, as long as somebody is there."""

import sys
from contextlib import suppress


def say(line: str) -> None:
    """One line beside the result. Its terminal may have been closed, which is no reason to end anything."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
