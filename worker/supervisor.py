"""Watch one trainer from start to end: events up, wishes down, the lease renewed."""

import json
import select
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.errors import StoreUnavailable
from core.lifecycle import Wish
from core.settings import Settings, trainer_environment
from core.store.attempts import Claimed
from core.store.session import Database
from worker.batch import Batch
from worker.outcome import Outcome, ProducedFile, failure
from worker.trainer_process import TrainerProcess

TICK_SECONDS = 0.2
WRITE_SECONDS = 1.0
CANCEL_GRACE_SECONDS = 30.0
# How long a trainer goes on while the database is away.
STORE_GRACE_SECONDS = 900.0
EXIT_CANCELLED = 5


class Drained(Exception):
    """The worker is shutting down: the job goes back to the queue."""


@dataclass(frozen=True)
class Place:
    """Where an attempt works: its folder, and the data sets that lie ready."""

    folder: Path
    data: Path
    drain: Path


class Supervisor:
    """One attempt. `run` returns its outcome; LeaseLost and Drained end it without one."""

    def __init__(self, database: Database, settings: Settings, attempt: Claimed, place: Place) -> None:
        self._database = database
        self._settings = settings
        self._attempt = attempt
        self._place = place
        self._batch = Batch()
        self._files: list[ProducedFile] = []
        self._result: dict[str, Any] | None = None
        self._error: dict[str, Any] | None = None
        self._cancel_asked: float | None = None
        self._wrote = time.monotonic()
        self._store_answered = time.monotonic()

    def run(self, environment: dict[str, str] | None = None) -> Outcome:
        """Start the trainer and stay with it to its end."""
        spec = self._place.folder / "request.json"
        spec.write_text(json.dumps(self._attempt.resolved))
        log_path = self._place.folder / "trainer.log"
        with log_path.open("wb") as log, log_path.open("rb") as log_tail:
            trainer = TrainerProcess(
                spec, self._place.folder, self._place.data, log,
                module=self._settings.trainer, environment=trainer_environment() | (environment or {}),
            )  # fmt: skip
            try:
                return self._watch(trainer, log_tail)
            finally:
                trainer.kill()
                trainer.close()

    def _watch(self, trainer: TrainerProcess, log: IO[bytes]) -> Outcome:
        while True:
            ended = trainer.poll()
            if ended is None:
                select.select([trainer.events], [], [], TICK_SECONDS)
            for event in trainer.read():
                self._hear(event)
            self._read_log(log)
            if ended is not None:
                self._write_all(trainer)
                return self._outcome(ended)
            if self._place.drain.exists():
                raise Drained
            if time.monotonic() - self._wrote >= WRITE_SECONDS:
                self._write(trainer)
            self._enforce_cancel(trainer)

    def _hear(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "artifact":
                self._files.append(ProducedFile(str(event["name"]), Path(event["path"])))
            case "result":
                self._result = event["summary"]
            case "error":
                self._error = event
            case _:
                self._batch.add(event)

    def _read_log(self, log: IO[bytes]) -> None:
        """Whole lines only; the last one waits for its end."""
        start = log.tell()
        text = log.read(1 << 20)
        whole = text.rfind(b"\n") + 1
        log.seek(start + whole)
        for line in text[:whole].decode(errors="replace").splitlines():
            self._batch.add_line(line)

    def _write(self, trainer: TrainerProcess) -> None:
        """One transaction: what was said, the lease, the wish. While the database is away, hold on."""
        self._wrote = time.monotonic()
        try:
            with self._database.writing() as session:
                wish = self._batch.write(session, self._attempt)
        except StoreUnavailable:
            if time.monotonic() - self._store_answered > STORE_GRACE_SECONDS:
                raise
            return
        self._batch.clear()
        self._store_answered = time.monotonic()
        if wish is Wish.CANCEL and self._cancel_asked is None:
            self._cancel_asked = time.monotonic()
            trainer.ask("cancel")

    def _write_all(self, trainer: TrainerProcess) -> None:
        """The trainer has ended: what it said last must arrive, however long the database takes."""
        self._write(trainer)
        while self._batch.metrics or self._batch.lines or self._batch.events:
            time.sleep(WRITE_SECONDS)
            self._write(trainer)

    def _enforce_cancel(self, trainer: TrainerProcess) -> None:
        if self._cancel_asked and time.monotonic() - self._cancel_asked > CANCEL_GRACE_SECONDS:
            trainer.kill()

    def _outcome(self, status: int) -> Outcome:
        files = tuple(self._files)
        if status == 0 and self._result is not None:
            return Outcome("succeeded", self._result, files=files)
        if self._cancel_asked is not None or status == EXIT_CANCELLED:
            return Outcome("cancelled", files=files)
        return Outcome("failed", error=self._cause(status), files=files)

    def _cause(self, status: int) -> dict[str, Any]:
        phase, number = self._batch.phase, self._attempt.number
        if self._error is not None:
            code, detail = str(self._error["code"]), str(self._error["detail"])
            return failure(code, detail, phase=phase, attempt=number, hint=self._error.get("hint"))
        how = f"by signal {-status}" if status < 0 else f"with exit status {status}"
        return failure(
            "trainer_died", f"the trainer ended {how} without a result", phase=phase, attempt=number
        )
