"""What a chart shows: one transaction for all who ask at the moment, and one answer to the same question.

Each by itself, in a thread of its own, would take three times as long: they would wait for the interpreter.
"""

from collections.abc import Collection
from dataclasses import dataclass

from app import home
from app.schemas.series import MOST_SERIES, SeriesList, SeriesView
from app.together import Together
from core.errors import DiskFull, FieldError, InvalidSpec, StoreUnavailable
from core.settings import Settings
from core.store import jobs, rollups, series
from core.store.series import Cut
from core.store.session import Database, Session

# So many different questions are answered in one transaction.
MOST = 16


@dataclass(frozen=True)
class Question:
    """Every name of every job. `sees` is the owner whose jobs are shown; None sees all.

    names    none: every metric of the jobs
    place    what of the request is wrong if these are too many
    """

    sees: str | None
    job_ids: tuple[str, ...]
    names: tuple[str, ...]
    cut: Cut
    place: str


Outcome = str | Exception


class Curves:
    """Reads curves."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._together = Together("curves", self._read, MOST)

    async def shown(self, question: Question) -> str:
        """The curves as JSON.

        NotFound       a job that is not there, or another owner's
        InvalidSpec    these are too many
        """
        outcome = await self._together.get(question)
        if isinstance(outcome, str):
            return outcome
        assert outcome is not None, "each question is answered"
        raise outcome

    def close(self) -> None:
        self._together.close()

    def _read(self, asked: Collection[Question]) -> dict[Question, Outcome]:
        home.check(self._settings)
        with self._database.reading() as session:
            return {each: _outcome(session, each) for each in asked}


def names_of(session: Session, question: Question) -> list[str]:
    """The metrics that it asks for.

    NotFound    a job that is not there, or another owner's
    """
    for job_id in question.job_ids:
        jobs.check(session, job_id, question.sees)
    found = question.names or tuple(rollups.names(session, question.job_ids[0]))
    # There can be no such metric otherwise: PostgreSQL takes no NUL.
    return [name for name in found if "\0" not in name]


def _outcome(session: Session, question: Question) -> Outcome:
    """The answer, or what is wrong with this one alone. Where the database fails, it fails for all."""
    try:
        return _shown(session, question)
    except (StoreUnavailable, DiskFull):
        raise
    except Exception as error:
        return error


def _shown(session: Session, question: Question) -> str:
    names = names_of(session, question)
    count = len(question.job_ids) * len(question.names or names)
    if count > MOST_SERIES:
        detail = f"these are {count} curves, of at most {MOST_SERIES}: name fewer"
        raise InvalidSpec(errors=(FieldError(question.place, "too_long", detail, count),))
    found = [series.read(session, job, name, question.cut) for job in question.job_ids for name in names]
    return SeriesList(data=[SeriesView.of(curve, question.cut.x) for curve in found]).model_dump_json()
