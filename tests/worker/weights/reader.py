"""Run the program that reads weights as often as a test likes: it is loaded once, and forks for each run.

stdin    one JSON list of arguments a line
stdout   one JSON object a line: {"status", "memory"}; a status below 0 is a signal
"""

import json
import os
import sys

import torch

from worker.weights.__main__ import main


def run(arguments: list[str]) -> dict[str, float]:
    """In a process of its own, as its limits hold for ever."""
    if (child := os.fork()) == 0:
        status = 99
        try:
            status = main(arguments)
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status, used = os.wait4(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "memory": used.ru_maxrss * 1024}


if __name__ == "__main__":
    torch.set_num_threads(1)  # a child has none of the threads of its parent
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
