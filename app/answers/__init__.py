"""Answers to look at, shown beside the routes that send them.

They are made as those that are sent: of rows, by the views. By the name of the operation and the status.
"""

from typing import Any

from pydantic import TypeAdapter

from app.answers import brought, house, jobs, measured, report
from app.answers.measured import TEXTS as TEXTS

Shown = dict[tuple[str, int], Any]

_JSON: TypeAdapter[Shown] = TypeAdapter(Any)


def shown() -> Shown:
    """What each operation answers with a status, as JSON."""
    found = {
        **jobs.answers(), **measured.answers(), **report.answers(), **brought.answers(), **house.answers()
    }  # fmt: skip
    return {asked: _JSON.dump_python(answer, mode="json") for asked, answer in found.items()}
