"""What a server in this process still does: for the message of a test that waited for its end in vain."""

import asyncio
import io
import sys
import threading
import traceback
from collections.abc import Iterator

import uvicorn


def report(server: uvicorn.Server) -> str:
    """Where each thread and each task of the server's loop is."""
    return "\n".join([*_threads(), *_tasks(server.servers[0].get_loop())])


def _threads() -> Iterator[str]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        yield f"thread {names.get(ident, ident)}:\n" + "".join(traceback.format_stack(frame))


def _tasks(loop: asyncio.AbstractEventLoop) -> Iterator[str]:
    for task in asyncio.all_tasks(loop):
        place = io.StringIO()
        task.print_stack(file=place)
        yield f"{task}:\n{place.getvalue()}"
