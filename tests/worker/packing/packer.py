"""Run the packing program as often as a test likes: a process that has it loaded, and forks for each run.

stdin    one JSON list of arguments a line
stdout   one JSON object a line: {"status", "seconds", "memory"}; a status below 0 is a signal
"""

import json
import os
import sys
import time

from worker.packing.__main__ import main


def run(arguments: list[str]) -> dict[str, float]:
    """In a process of its own, as its limits hold for ever."""
    begun = time.monotonic()
    if (child := os.fork()) == 0:
        status = 99
        try:
            status = main(arguments)
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status, used = os.wait4(child, 0)
    return {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - begun,
        "memory": used.ru_maxrss * 1024,
    }


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
