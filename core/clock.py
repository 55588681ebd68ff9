"""The wall clock, for times that people read. Leases are judged by monotonic clocks instead."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
