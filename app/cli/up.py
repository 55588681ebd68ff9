"""distillery up: the whole service on this machine, until Ctrl-C."""

import signal
import threading
from pathlib import Path
from types import FrameType

import click

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

    # While starting, a signal interrupts at once; afterwards it ends the loop below.
    signal.signal(signal.SIGTERM, _interrupt)
    click.echo("starting …", err=True)
    with Stack(settings, port) as stack:
        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        if port and not stack.url.endswith(f":{port}"):
            click.echo(f"port {port} is taken", err=True)
        click.echo(f"Distillery is up at {stack.url}  (docs: {stack.url}/docs)")
        click.echo(f"home {settings.home}, key in {settings.api_key_file}; Ctrl-C ends it", err=True)
        while not ended.wait(LOOK_SECONDS):
            stack.watch()
        click.echo("stopping …", err=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
