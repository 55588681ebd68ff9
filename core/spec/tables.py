"""Tables: rows of numbers, of which one column is to be predicted from others."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from core.spec.base import Many, Seed, Spec, Text

Number = Annotated[float, Field(ge=-1e6, le=1e6)]


@dataclass(frozen=True)
class TableFacts:
    """What must be known of a table, with its target chosen, before anything is loaded.

    inputs     columns to learn from
    classes    values of the target that can be told apart; None where it has too many to be classes
    measures   whether the target is a number, which can be regressed on
    """

    title: str
    rows: int
    inputs: int
    classes: int | None
    measures: bool


@dataclass(frozen=True)
class Column:
    """A column of an uploaded table.

    classes    how many values it has; None where they are too many to be classes, or no whole numbers
    is_text    it holds words, which can be predicted and not be learned from
    """

    name: str
    classes: int | None
    is_text: bool


@dataclass(frozen=True)
class Columns:
    """What is known of an uploaded table: it has no target until a job names one.

    rarest    the value that the fewest rows have, and how many, by the column; tables of an older release
              do not tell
    """

    title: str
    rows: int
    columns: tuple[Column, ...]
    rarest: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def named(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def numbers(self, target: str) -> tuple[str, ...]:
        """Every column of numbers but the target: what is learned from where nobody says."""
        return tuple(one.name for one in self.columns if not one.is_text and one.name != target)

    def facts(self, target: str, inputs: Sequence[str] | None) -> TableFacts | None:
        """With this target; None where there is no such column."""
        found = self.named(target)
        if found is None:
            return None
        count = len(self.numbers(target) if inputs is None else inputs)
        return TableFacts(self.title, self.rows, count, found.classes, measures=not found.is_text)


# Those that come with scikit-learn, and need no network.
BUILTIN_TABLES = {
    "diabetes": TableFacts("442 patients; the progression of diabetes after a year", 442, 10, None, True),
    "breast_cancer": TableFacts("569 tumours; malignant or benign", 569, 30, 2, False),
    "iris": TableFacts("150 flowers of three kinds of iris", 150, 4, 3, False),
    "wine": TableFacts("178 wines of three growers", 178, 13, 3, False),
}


class Table(Spec):
    """A table of your own: CSV or Parquet; `distillery data add` gives its id."""

    kind: Literal["table"] = "table"
    id: str = Field(pattern="^ds_[0-7][0-9A-HJKMNP-TV-Z]{25}$", description="of the uploaded table")
    target: Text = Field(description="the column to be predicted")
    inputs: Annotated[Many[Text], Field(min_length=1, max_length=10_000)] | None = Field(
        None, description="columns to learn from; null: every column of numbers but the target"
    )


class Formula(Spec):
    """Rows that follow a formula: always the same ones, and made where they are needed.

    x is drawn from N(0, 1), and z = intercept + Σ slopes · x. The target is z + noise (`linear`), the same
    of max(0, x) instead of x (`rectified`), or 1 with probability σ(z), else 0 (`logistic`).
    """

    kind: Literal["formula"] = "formula"
    form: Literal["linear", "rectified", "logistic"] = Field("linear", description="of the formula")
    slopes: Annotated[Many[Number], Field(min_length=1, max_length=1000)] = Field(
        (1.0,), description="one for each input"
    )
    intercept: Number = Field(0.0, description="what is added")
    noise: float = Field(
        0.0, ge=0, le=1e6, description="standard deviation, of what is added; not of classes"
    )
    rows: int = Field(100, ge=5, le=1_000_000, description="how many")
    seed: Seed = Field(0, description="of the inputs and the noise")


def one_valued(chosen: Formula) -> str | None:
    """The field that leaves its target hardly more than one value; None where it has several."""
    if chosen.form != "logistic":
        return "slopes" if not any(chosen.slopes) and chosen.noise == 0 else None
    # The mean of σ(z) for z ~ N(intercept, ‖slopes‖²), nearly: MacKay 1992, "The evidence framework
    # applied to classification networks".
    spread = math.sqrt(1 + math.pi / 8 * sum(slope**2 for slope in chosen.slopes))
    rare = 1 / (1 + math.exp(min(700.0, abs(chosen.intercept) / spread)))
    return "intercept" if chosen.rows * rare < 1 else None


def facts_of_formula(chosen: Formula) -> TableFacts:
    classes = 2 if chosen.form == "logistic" else None
    return TableFacts("rows of a formula", chosen.rows, len(chosen.slopes), classes, measures=classes is None)
