"""Checkpoints to go on from, one leading dispatcher, answers kept by idempotency key"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "leaders",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leaders")),
    )
    op.create_table(
        "once",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("headers", DOCUMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_once")),
    )
    op.create_index(op.f("ix_once_created_at"), "once", ["created_at"])
    op.create_table(
        "checkpoints",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("best", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_checkpoints_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "kind", "sequence", name=op.f("pk_checkpoints")),
    )
    op.create_index(op.f("ix_checkpoints_digest"), "checkpoints", ["digest"])
    # Not in batch mode: that makes the table anew on SQLite, and forgets its trigger.
    op.add_column("jobs", sa.Column("drains", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("jobs", "drains")
    op.drop_table("checkpoints")
    op.drop_table("once")
    op.drop_table("leaders")
