"""What was put into words, kept for as long as the job that it tells of is the same."""

from collections.abc import Callable
from typing import Generic, TypeVar

from core.store.tables import Job

Words = TypeVar("Words")
MOST = 2048


class Kept(Generic[Words]):
    """Says of a job what there is to say, once. Whoever reads jobs anew is told of the old ones: `job`.

    say    gives the same for the same job, whenever it is asked
    """

    def __init__(self, say: Callable[[Job], Words]) -> None:
        self._say = say
        self._kept: dict[str, tuple[Job, Words]] = {}

    def job(self, job_id: str) -> Job | None:
        """The job as it was when it was spoken of last."""
        found = self._kept.get(job_id)
        return None if found is None else found[0]

    def words(self, job: Job) -> Words:
        """What there is to say of it."""
        found = self._kept.get(job.id)
        if found is not None and found[0] is job:
            return found[1]
        if len(self._kept) >= MOST:
            self._kept.clear()
        words = self._say(job)
        self._kept[job.id] = (job, words)
        return words
