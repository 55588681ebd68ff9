"""Data sets and models that people bring, and the light work that makes them usable"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "packs",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "variant", name=op.f("pk_packs")),
    )
    op.create_index(op.f("ix_packs_digest"), "packs", ["digest"])
    # What was called a data set so far was the packed file of one that everybody knows.
    op.execute(
        "INSERT INTO packs (source, variant, digest, bytes, created_at) "
        "SELECT name, '', digest, bytes, created_at FROM datasets"
    )
    op.drop_table("datasets")
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("folder", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("image_size", sa.BigInteger(), nullable=True),
        sa.Column("resize", sa.String(length=16), nullable=False),
        sa.Column("facts", DOCUMENT, nullable=True),
        sa.Column("preview", DOCUMENT, nullable=True),
        sa.Column("error", DOCUMENT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
    )
    op.create_index(op.f("ix_datasets_digest"), "datasets", ["digest"])
    op.create_index("ix_datasets_owner_id", "datasets", ["owner", "id"])
    op.create_table(
        "models",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=True),
        sa.Column("recipe", sa.String(length=64), nullable=True),
        sa.Column("architecture", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Double(), nullable=True),
        sa.Column("stem", sa.String(length=16), nullable=True),
        sa.Column("classes", DOCUMENT, nullable=True),
        sa.Column("image_size", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("facts", DOCUMENT, nullable=True),
        sa.Column("measured", DOCUMENT, nullable=True),
        sa.Column("error", DOCUMENT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
    )
    op.create_index(op.f("ix_models_digest"), "models", ["digest"])
    op.create_index("ix_models_owner_id", "models", ["owner", "id"])
    op.create_index("ux_models_owner_recipe", "models", ["owner", "recipe"], unique=True)
    op.create_table(
        "chores",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("parameters", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("losses", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=True),
        sa.Column("lease_owner", sa.String(length=40), nullable=True),
        sa.Column("heartbeat", sa.BigInteger(), nullable=False),
        sa.Column("error", DOCUMENT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chores")),
    )
    op.create_index("ix_chores_claim", "chores", ["state", "id"])
    op.create_index(op.f("ix_chores_subject"), "chores", ["subject"])
    with op.batch_alter_table("workers") as batch:
        batch.add_column(sa.Column("queue", sa.String(length=16), server_default="train", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("workers") as batch:
        batch.drop_column("queue")
    op.drop_table("chores")
    op.drop_table("models")
    op.drop_table("datasets")
    op.create_table(
        "datasets",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_datasets")),
    )
    op.execute(
        "INSERT INTO datasets (name, digest, bytes, created_at) "
        "SELECT source, digest, bytes, created_at FROM packs WHERE variant = ''"
    )
    op.drop_table("packs")
