"""What a list shows: one transaction for all who ask at the moment, and rows that are written once."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from app import home
from app.cursors import cursor_of
from app.kept import Kept
from app.schemas.jobs import JobRow
from app.together import Together
from core.settings import Settings
from core.store import listing
from core.store.listing import Page, Position, Wanted
from core.store.session import Database

# So many different pages are read in one transaction.
MOST = 16


@dataclass(frozen=True)
class Question:
    """Which page of which list. `sees` is the owner whose jobs are shown; None sees all."""

    sees: str | None
    limit: int
    wanted: Wanted
    behind: Position | None


@dataclass(frozen=True)
class Shown:
    """A page as JSON, and where it goes on; None at the end."""

    text: str
    cursor: str | None


class Lists:
    """Reads pages. A part of a name is looked for elsewhere: it takes long, and who wants no more goes on."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._rows = Kept(lambda job: JobRow.of(job).model_dump_json())
        self._pages = Together("pages", self._read, MOST)
        self._searches = Together("searches", self._read, MOST)

    async def page(self, question: Question) -> Shown:
        asked = self._pages if question.wanted.text is None else self._searches
        found = await asked.get(question)
        assert found is not None, "every list has a page, if an empty one"
        return found

    def close(self) -> None:
        self._pages.close()
        self._searches.close()

    def _read(self, questions: Collection[Question]) -> dict[Question, Shown]:
        home.check(self._settings)
        with self._database.reading() as session:
            found = {
                each: listing.page(
                    session, each.sees, limit=each.limit, wanted=each.wanted, behind=each.behind,
                    known=self._rows.job,
                )
                for each in questions
            }  # fmt: skip
        return {each: self._shown(each, page) for each, page in found.items()}

    def _shown(self, question: Question, page: Page) -> Shown:
        """Put together once for all who ask the same."""
        cursor = None if page.last is None else cursor_of(page.last, question.wanted, question.sees)
        rest = json.dumps({"has_more": cursor is not None, "next_cursor": cursor}, separators=(",", ":"))
        rows = ",".join(map(self._rows.words, page.jobs))
        return Shown(f'{{"data":[{rows}],{rest[1:]}', cursor)
