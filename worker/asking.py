"""What was asked of a trainer, and how long it may take to obey."""

import time

from core.lifecycle import Wish
from worker.trainer_process import TrainerProcess

CANCEL_GRACE_SECONDS = 30.0
COMMAND = {Wish.CANCEL: "cancel", Wish.PAUSE: "suspend", Wish.STOP: "stop"}


class Asking:
    """Passes each command down once; a trainer that doesn't obey in time is killed.

    `stop` has no deadline: it trains to the end of its epoch, and evaluates.
    """

    def __init__(self, trainer: TrainerProcess, suspend_seconds: float) -> None:
        self._trainer = trainer
        self._grace = {"cancel": CANCEL_GRACE_SECONDS, "suspend": suspend_seconds}
        self._asked: dict[str, float] = {}

    def wish(self, wish: Wish | None) -> None:
        """What the person wants now. What was asked of a trainer already can't be taken back."""
        if wish is not None:
            self.ask(COMMAND[wish])

    def ask(self, command: str) -> None:
        if command not in self._asked:
            self._asked[command] = time.monotonic()
            self._trainer.ask(command)

    def was(self, command: str) -> bool:
        return command in self._asked

    def enforce(self) -> None:
        """Kill the trainer if it is late."""
        now = time.monotonic()
        if any(now - at > self._grace[name] for name, at in self._asked.items() if name in self._grace):
            self._trainer.kill()
