"""Rollups of metrics, one order of the events of all jobs, and what makes two jobs alike"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SPANS = (1, 64, 1_024, 16_384, 262_144)
VALUES = (
    "SELECT job_id, name, step, epoch, seconds, 1 AS count, value AS last, value AS low, value AS high "
    "FROM metrics"
)
ROWS = (
    "SELECT job_id, name, step, epoch, seconds, count, last, low, high FROM metric_rollups "
    "WHERE level = {below}"
)
FILL = """
    INSERT INTO metric_rollups (job_id, name, level, number, count, step, epoch, seconds, last, low, high)
    SELECT job_id, name, {level}, step / {span}, count, step, epoch, seconds, last, low, high
    FROM (SELECT job_id, name, step, epoch, seconds, last, sum(count) OVER whole AS count,
                 min(low) OVER whole AS low, max(high) OVER whole AS high,
                 row_number() OVER (PARTITION BY job_id, name, step / {span} ORDER BY step DESC) AS place
          FROM ({source}) AS parts WINDOW whole AS (PARTITION BY job_id, name, step / {span})) AS ends
    WHERE place = 1
"""


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "metric_rollups",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("level", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("last", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_metric_rollups_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "name", "level", "number", name=op.f("pk_metric_rollups")),
    )
    for level in range(1, len(SPANS)):
        source = VALUES if level == 1 else ROWS.format(below=level - 1)
        op.execute(FILL.format(level=level, span=SPANS[level], source=source))
    op.add_column("events", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_events_turn", "events", ["turn", "job_id", "seq"])
    # Not in batch mode: that makes the table anew on SQLite, and forgets its trigger.
    op.add_column("jobs", sa.Column("spec_sha256", sa.String(length=64), nullable=True))
    op.add_column("jobs", sa.Column("likeness", sa.String(length=64), nullable=True))
    op.create_index("ix_jobs_owner_spec_sha256", "jobs", ["owner", "spec_sha256", "id"])
    op.create_index("ix_jobs_owner_likeness", "jobs", ["owner", "likeness", "id"])


def downgrade() -> None:
    op.drop_index("ix_jobs_owner_likeness", "jobs")
    op.drop_index("ix_jobs_owner_spec_sha256", "jobs")
    op.drop_column("jobs", "likeness")
    op.drop_column("jobs", "spec_sha256")
    op.drop_index("ix_events_turn", "events")
    op.drop_column("events", "turn")
    op.drop_table("metric_rollups")
    op.drop_table("counters")
