"""A trainer with odd habits, by its job's name: `mute` closes the pipe of its events and goes on for a while,
`chatty` prints a line that is longer than any buffer, and ends without a newline; `telling` says how it was
called."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

MUTE_SECONDS = 1.5


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("spec", type=Path)
    parser.add_argument("--events-fd", type=int)
    chosen, _ = parser.parse_known_args()
    name = json.loads(chosen.spec.read_text())["name"]
    if name == "telling":
        sys.stdout.write("\n".join(sys.argv))
    elif name == "mute":
        os.close(chosen.events_fd)
        time.sleep(MUTE_SECONDS)
    else:
        sys.stdout.write("first\n" + "x" * (3 << 20) + "\nlast words")
        sys.stdout.flush()
    return 1


if __name__ == "__main__":
    sys.exit(main())
