"""Metric values summed up within spans of steps, so that a curve of a million points is drawn from few rows.

    level 1      64 steps    from the values
    level 2   1,024 steps    from the rows of level 1, and so on
    level 3  16,384 steps
    level 4 262,144 steps

Whoever changes values refreshes the spans that they lie in, in the same transaction.
"""

from collections.abc import Mapping

from sqlalchemy import delete, or_, select, text
from sqlalchemy.orm import Session

from core.store.tables import MetricRollup

# Steps of a span, by level; a value has one of its own.
SPANS = (1, 64, 1_024, 16_384, 262_144)
TOP = len(SPANS) - 1
_VALUES = (
    "1 AS count, step, epoch, seconds, value AS last, value AS low, value AS high "
    "FROM metrics WHERE job_id = :job AND name = :name AND step BETWEEN :first AND :last"
)
_ROWS = (
    "count, step, epoch, seconds, last, low, high FROM metric_rollups "
    "WHERE job_id = :job AND name = :name AND level = {below} AND number BETWEEN :first AND :last"
)
# One statement a level, the same for both databases. A span that was touched has values: none is left empty.
_REFRESH = """
    INSERT INTO metric_rollups (job_id, name, level, number, count, step, epoch, seconds, last, low, high)
    SELECT :job, :name, {level}, step / {span}, count, step, epoch, seconds, last, low, high
    FROM (SELECT step, epoch, seconds, last, sum(count) OVER whole AS count, min(low) OVER whole AS low,
                 max(high) OVER whole AS high,
                 row_number() OVER (PARTITION BY step / {span} ORDER BY step DESC) AS place
          FROM (SELECT {source}) AS parts WINDOW whole AS (PARTITION BY step / {span})) AS ends
    WHERE place = 1
    ON CONFLICT (job_id, name, level, number) DO UPDATE SET
        count = excluded.count, step = excluded.step, epoch = excluded.epoch, seconds = excluded.seconds,
        last = excluded.last, low = excluded.low, high = excluded.high
"""


def refresh(session: Session, job_id: str, touched: Mapping[str, tuple[int, int]]) -> None:
    """Sum up anew every span in which values were written.

    touched    the first and the last step of each name
    """
    for level in range(1, TOP + 1) if touched else ():
        below, span = SPANS[level - 1], SPANS[level]
        source = (_VALUES if level == 1 else _ROWS).format(below=level - 1)
        statement = text(_REFRESH.format(level=level, span=span, source=source))
        session.execute(
            statement,
            [
                {
                    "job": job_id, "name": name,
                    "first": first // span * (span // below),
                    "last": (last // span + 1) * (span // below) - 1,
                }
                for name, (first, last) in touched.items()
            ],
        )  # fmt: skip


def cut_off(session: Session, job_id: str, ends: Mapping[str, int]) -> None:
    """Follow the deletion of all values behind the last step that each name is left with."""
    for name, step in ends.items():
        behind = [
            (MetricRollup.level == level) & (MetricRollup.number >= step // SPANS[level])
            for level in range(1, TOP + 1)
        ]
        mine = (MetricRollup.job_id == job_id) & (MetricRollup.name == name)
        session.execute(delete(MetricRollup).where(mine, or_(*behind)))
    refresh(session, job_id, {name: (step, step) for name, step in ends.items()})


def names(session: Session, job_id: str) -> list[str]:
    """The names that the job has values of, in order."""
    query = select(MetricRollup.name).where(MetricRollup.job_id == job_id, MetricRollup.level == TOP)
    return list(session.scalars(query.distinct().order_by(MetricRollup.name)))
