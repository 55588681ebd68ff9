"""Watch one trainer from start to end: events up, wishes down, the lease renewed."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DiskFull, StoreUnavailable
from core.files import FileStore
from core.settings import Settings, trainer_environment
from core.store.attempts import Claimed
from core.store.session import Database
from worker.asking import Asking
from worker.batch import Batch
from worker.holding import Holding
from worker.keeping import Keeping
from worker.log_tail import LogTail
from worker.outcome import Outcome, ProducedFile, failure
from worker.resumption import Resumption
from worker.trainer_process import TrainerProcess

TICK_SECONDS = 0.2
WRITE_SECONDS = 1.0
EXIT_CANCELLED = 5
EXIT_SUSPENDED = 6
# What shows that a trainer is not hung. Its log lines do not.
LIFE = ("phase", "progress", "metrics", "checkpoint")


@dataclass(frozen=True)
class Place:
    """Where an attempt works: its folder, and the packed files that it shares; how long it may stay there."""

    folder: Path
    shared: Path
    holding: Holding

    @property
    def data(self) -> Path:
        """The data set of the job, as its trainer finds it."""
        return self.folder / "data"


class Supervisor:
    """One attempt. `run` returns its outcome; LeaseLost ends it without one."""

    def __init__(
        self, database: Database, files: FileStore, settings: Settings, attempt: Claimed, place: Place
    ) -> None:
        self._database = database
        self._settings = settings
        self._attempt = attempt
        self._place = place
        self._holding = place.holding
        self._batch = Batch()
        self._keeping = Keeping(database, files, attempt)
        self._files: list[ProducedFile] = []
        self._result: dict[str, Any] | None = None
        self._error: dict[str, Any] | None = None
        self._hung = False
        self._wrote = self._store_answered = self._alive = time.monotonic()

    def run(
        self, resumption: Resumption, environment: dict[str, str] | None = None, weights: Sequence[str] = ()
    ) -> Outcome:
        """Start the trainer and stay with it to its end.

        weights    what it is told of weights to start from
        """
        log_path = self._place.folder / "trainer.log"
        with log_path.open("wb") as log, log_path.open("rb") as log_tail:
            trainer = TrainerProcess(
                self._command([*resumption.words(), *weights]), self._place.folder, log,
                # What a trainer leaves behind, killed or not, goes with the folder of its attempt.
                environment=trainer_environment() | {"TMPDIR": str(self._place.folder)} | (environment or {}),
            )  # fmt: skip
            try:
                return self._watch(trainer, Asking(trainer, self._holding.drain_seconds), LogTail(log_tail))
            finally:
                trainer.kill()
                trainer.close()

    def _command(self, laid: Sequence[str]) -> list[str]:
        spec, origins = (self._place.folder / name for name in ("request.json", "origins.json"))
        spec.write_text(json.dumps(self._attempt.resolved))
        origins.write_text(json.dumps(self._attempt.origins))
        options: dict[str, Any] = {
            "--out": self._place.folder, "--data": self._place.data,
            "--origins": origins, "--checkpoint-seconds": self._settings.checkpoint_seconds,
        }  # fmt: skip
        if self._settings.cache_bytes:
            options |= {"--cache": self._settings.teacher_cache, "--cache-bytes": self._settings.cache_bytes}
        words = [word for name, value in options.items() for word in (name, str(value))]
        fault = ["--fault", self._settings.armed_fault] if self._settings.armed_fault else []
        return [self._settings.trainer, str(spec), *words, *laid, *fault]

    def _watch(self, trainer: TrainerProcess, asking: Asking, log: LogTail) -> Outcome:
        while (ended := trainer.poll()) is None:
            trainer.wait(TICK_SECONDS)
            self._listen(trainer, log.new())
            # Judged by what was just heard: a slow write must not pass for a silent trainer.
            self._look_after(trainer, asking)
            if time.monotonic() - self._wrote >= WRITE_SECONDS:
                self._write(asking)
        self._listen(trainer, log.rest())
        self._write_all(asking)
        return self._outcome(ended, asking)

    def _listen(self, trainer: TrainerProcess, lines: Iterator[str]) -> None:
        for event in trainer.read():
            self._hear(event)
        for line in lines:
            self._batch.add_line(line)

    def _look_after(self, trainer: TrainerProcess, asking: Asking) -> None:
        """Pass on a shutdown; end a trainer that hangs, or does not obey."""
        if self._holding.is_draining():
            asking.ask("suspend")
        asking.enforce()
        if time.monotonic() - self._alive > self._settings.stall_seconds:
            self._hung = True
            trainer.kill()

    def _hear(self, event: dict[str, Any]) -> None:
        if event["event"] in LIFE:
            self._alive = time.monotonic()
        match event["event"]:
            case "artifact":
                self._files.append(ProducedFile(str(event["name"]), Path(event["path"])))
            case "checkpoint":
                self._keeping.add(event)
            case "result":
                self._result = event["summary"]
                self._batch.is_complete = True
            case "error":
                self._error = event
            case _:
                self._batch.add(event)

    def _write(self, asking: Asking) -> None:
        """What was said, the lease, the wish; then the checkpoints. While the database can't, hold on."""
        self._wrote = time.monotonic()
        try:
            with self._database.writing() as session:
                wish = self._batch.write(session, self._attempt)
            self._batch.clear()
            for complaint in self._keeping.store():
                self._batch.add_line(complaint, "error")
        except (StoreUnavailable, DiskFull):
            if self._holding.is_over(self._store_answered):
                raise
            return
        self._store_answered = time.monotonic()
        asking.wish(wish)

    def _write_all(self, asking: Asking) -> None:
        """The trainer has ended: what it said last must arrive, however long the database takes."""
        ended = time.monotonic()
        self._write(asking)
        while self._batch.holds_something() or self._waits_for_space(ended, asking):
            time.sleep(WRITE_SECONDS)
            self._write(asking)

    def _waits_for_space(self, since: float, asking: Asking) -> bool:
        """Whether a checkpoint that can't be stored is needed: nobody goes on from one after the end."""
        over = self._result is not None or asking.was("cancel")
        return self._keeping.holds_something() and not over and not self._holding.is_over(since)

    def _outcome(self, status: int, asking: Asking) -> Outcome:
        files = tuple(self._files)
        if status == 0 and self._result is not None:
            return Outcome("succeeded", self._result, files=files)
        if asking.was("cancel") or status == EXIT_CANCELLED:
            return Outcome("cancelled", files=files)
        if asking.was("suspend") and (status == EXIT_SUSPENDED or self._error is None):
            return Outcome("suspended")
        return Outcome("failed", error=self._cause(status), files=files)

    def _cause(self, status: int) -> dict[str, Any]:
        if self._error is not None:
            return self._failure(self._error["code"], self._error["detail"], self._error.get("hint"))
        if self._hung:
            return self._failure("trainer_hung", f"no step for {self._settings.stall_seconds:g} seconds")
        how = f"by signal {-status}" if status < 0 else f"with exit status {status}"
        return self._failure("trainer_died", f"the trainer ended {how} without a result")

    def _failure(self, code: str, detail: str, hint: str | None = None) -> dict[str, Any]:
        return failure(code, detail, phase=self._batch.phase, attempt=self._attempt.number, hint=hint)
