"""Numbers as people read them."""

from datetime import UTC, datetime

UNKNOWN = "–"


def percent(ratio: float | None) -> str:
    return UNKNOWN if ratio is None else f"{100 * ratio:.1f} %"


def times(ratio: float | None) -> str:
    return UNKNOWN if ratio is None else f"{ratio:.1f}×"


def compared(ratio: float, more: str, less: str, same: str) -> str:
    """A ratio above or below 1, each with the word that fits: nobody reads 0.6 times faster at a glance."""
    if f"{ratio:.1f}" == "1.0":
        return same
    return f"{times(ratio)} {more}" if ratio > 1 else f"{times(1 / ratio)} {less}"


def size(count: int) -> str:
    """In powers of ten, as disks are sold."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.1f} {unit}" if unit != "B" else f"{count} B"
        amount /= 1000
    return f"{amount:.1f} GB"


def duration(seconds: float) -> str:
    """The two largest units."""
    whole = round(seconds)
    days, hours, minutes, rest = whole // 86400, whole // 3600 % 24, whole // 60 % 60, whole % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def ago(moment: datetime) -> str:
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return "just now" if seconds < 1 else f"{duration(seconds)} ago"
