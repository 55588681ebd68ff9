"""Fetches nothing: waits for a file `answer` in its folder, which says what went wrong, or is empty."""

import sys
import time
from pathlib import Path

# No test takes as long: it ends by itself where nobody ends it.
LONGEST_SECONDS = 60
CONTENT = "packed"


def main(name: str, folder: Path) -> int:
    answer, deadline = folder / "answer", time.monotonic() + LONGEST_SECONDS
    while not answer.exists():
        if time.monotonic() > deadline:
            return 3
        time.sleep(0.05)
    if said := answer.read_text():
        sys.stderr.write(said)
        return 1
    (folder / f"{name}.safetensors").write_text(CONTENT)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[3])))
