"""How far a file is on its way, on a terminal."""

from collections.abc import Callable
from typing import Self

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.screen import stderr


class Downloading:
    """A bar for each file; silent where nobody watches."""

    def __init__(self) -> None:
        console = stderr()
        self._bars = Progress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
            console=console, transient=True, disable=not console.is_interactive,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def of(self, name: str) -> Callable[[int, int], None]:
        """Hears how many bytes of a file have arrived."""
        task = self._bars.add_task(name, total=None)

        def arrived(here: int, size: int) -> None:
            self._bars.update(task, completed=here, total=size)

        return arrived
