"""What one job of a soak was promised, by its name and by what was asked of it since."""

from dataclasses import dataclass, field

from core.lifecycle import FINISHED
from tests.stand_in_trainer import STEPS, student_after
from worker.retry import MAX_FAILURES


@dataclass
class Promise:
    """The ends that a job may come to. `whole`: it trains every step."""

    name: str
    job_id: str = ""
    whole: bool = True
    ends: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ends = self._by_name()

    @property
    def failures(self) -> int:
        """That the job brings about by itself."""
        return 1 if "once" in self.name else 0

    def answered(self, action: str, status: int | None) -> None:
        """Somebody asked for an action. Without an answer it may have been done, or not."""
        if status == 409:
            return
        before = self.ends if status is None else set()
        match action:
            case "cancel":
                self.ends = before | {"cancelled"}
            case "stop":
                # A job that was to fail may do so before it is stopped.
                self.ends, self.whole = before | self._by_name() | {"succeeded"}, False
            case "retry":
                self.ends = before | self._by_name() | (set() if self.whole else {"succeeded"})

    def keep(self, state: str, student: str | None, steps: int, struck: int) -> None:
        """Fail unless the job came to a right end."""
        told = f"{self.job_id} ({self.name}) is {state}, not {self.ends}"
        unlucky = state == "failed" and struck and struck + self.failures >= MAX_FAILURES
        assert state in self.ends or unlucky, told
        assert state in FINISHED, told
        if state == "succeeded" and self.whole:
            assert steps == STEPS, f"{told}, after {steps} steps"
            assert student == student_after(STEPS), f"{told}, with another student"
        elif state == "succeeded":
            assert student in map(student_after, range(STEPS + 1)), f"{told}, with another student"

    def _by_name(self) -> set[str]:
        return {"failed"} if self.name in ("crash", "diverge") else {"succeeded"}
