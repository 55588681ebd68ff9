"""A Celery worker for what takes seconds: `python -m worker.light` packs data sets and reads models.

It is apart from those that run jobs, so that an upload never waits behind a day of training.
"""

from worker.main import serve
from worker.ring import LIGHT

# So that a small model is not read after a large data set. Threads: the work itself is done by processes
# without secrets, which a thread can watch as well as a process can.
SLOTS = 2


def main() -> None:
    """Do chores until a signal."""
    serve(LIGHT, SLOTS, "threads")


if __name__ == "__main__":
    main()
