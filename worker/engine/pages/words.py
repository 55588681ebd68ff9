"""Numbers as a person reads them, and cells of tables; everything that comes from outside is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

NONE = "–"
_BYTES = ("B", "kB", "MB", "GB")


def percent(share: float | None) -> str:
    return NONE if share is None else f"{100 * share:.2f} %"


def points(change: float) -> str:
    """A difference of two shares."""
    return f"{100 * change:+.2f}"


def within(interval: Sequence[float] | None) -> str:
    """The 95 % interval of a share."""
    return "" if interval is None else f"{100 * interval[0]:.2f} to {100 * interval[1]:.2f}"


def count(number: int | float | None) -> str:
    """Three digits and a letter: 2.24 M."""
    if number is None:
        return NONE
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.3g} {letter}"
    return f"{number:.3g}"


def size(number: int | float | None) -> str:
    if number is None:
        return NONE
    power = 0
    while number >= 1000 and power < len(_BYTES) - 1:
        number, power = number / 1000, power + 1
    return f"{number:.3g} {_BYTES[power]}"


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms"


def span(seconds: int | float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return (
        f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are text."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    lines = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def _cell(text: str) -> str:
    return f"<td{' class=words' if len(text) > 60 else ''}>{escape(text)}</td>"
