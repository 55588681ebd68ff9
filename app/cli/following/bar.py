"""A job as a bar that moves, for a terminal."""

from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from app.cli.following.situation import Situation, how_to_resume
from app.cli.screen import stderr
from app.client import Event

WIDTH = 24


class Bar:
    """Two lines at the bottom of the terminal: how far, and how fast and how well."""

    def __init__(self, job_id: str, things: str, waiting_because: str | None) -> None:
        self._situation = Situation(things)
        self._job_id = job_id
        self._waiting_because = waiting_because
        self._live = Live(
            console=stderr(), refresh_per_second=8, transient=True, get_renderable=self._picture
        )

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def hear(self, event: Event) -> None:
        self._situation = self._situation.after(event)
        if self._situation.state != "queued":
            self._waiting_because = None

    def _picture(self) -> RenderableType:
        now = self._situation
        if now.state == "queued":
            return Text(f"queued: {self._waiting_because}" if self._waiting_because else "queued", "yellow")
        if now.state == "paused":
            return Text(how_to_resume(self._job_id), "yellow")
        line = Table.grid(padding=(0, 2))
        fraction = now.progress.get("fraction", 0.0)
        line.add_row(
            Text(now.phase or now.state, "bold"), Text(now.epoch),
            ProgressBar(total=1.0, completed=fraction, width=WIDTH), Text(f"{100 * fraction:.0f} %"),
            Text(now.left),
        )  # fmt: skip
        return Group(line, Text("  ".join(now.numbers), "dim"))
