"""distillery up: the whole service on this machine, until Ctrl-C."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import click

from app.local.child import TO_END
from app.local.saying import say
from app.local.stack import Stack
from core.settings import read

LOOK_SECONDS = 0.5


@click.command()
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port of the API; the next free one if taken.",
)
@click.option("--home", type=click.Path(path_type=Path), help="Where everything lies. [env DISTILLERY_HOME]")
def up(port: int, home: Path | None) -> None:
    """Start the service on this machine.

    API, dispatcher, worker and broker, until Ctrl-C ends them all.
    """
    settings = read() if home is None else read(home=home.absolute())
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        # A second one must not break off what this one begins, even before the clean-up is deaf to it.
        _on_signals(end)
        ended.set()
        raise KeyboardInterrupt

    # While starting, a signal interrupts at once; afterwards it ends the loop below.
    _on_signals(interrupt)
    say("starting …")
    with Stack(settings, port) as stack:
        _on_signals(end)
        if port and not stack.url.endswith(f":{port}"):
            say(f"port {port} is taken")
        click.echo(f"Distillery is up at {stack.url}  (docs: {stack.url}/docs)")
        say(f"home {settings.home}, key in {settings.api_key_file}; Ctrl-C ends it")
        while not ended.wait(LOOK_SECONDS):
            stack.watch()
        say("stopping …")


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    """For each that ends a service; but what nohup started outlives its terminal."""
    for each in TO_END:
        if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, handler)
