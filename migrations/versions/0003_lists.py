"""Lists that cost the same at any length: an index for each order and state, and tags to find jobs by"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BY = ("state", "priority", "updated_at")


def upgrade() -> None:
    for column in BY:
        op.create_index(f"ix_jobs_{column}_id", "jobs", [column, "id"])
        op.create_index(f"ix_jobs_owner_{column}_id", "jobs", ["owner", column, "id"])
    op.create_table(
        "job_tags",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_tags_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner", "tag", "job_id", name=op.f("pk_job_tags")),
    )
    op.create_index(op.f("ix_job_tags_job_id"), "job_tags", ["job_id"])
    op.create_index("ix_job_tags_tag_job_id", "job_tags", ["tag", "job_id"])
    op.execute(_TAGS[op.get_bind().dialect.name])


# Of the jobs that are there already.
_TAGS = {
    "sqlite": "INSERT INTO job_tags (owner, tag, job_id) "
    "SELECT jobs.owner, each.value, jobs.id FROM jobs, json_each(jobs.tags) AS each",
    "postgresql": "INSERT INTO job_tags (owner, tag, job_id) "
    "SELECT jobs.owner, each.value, jobs.id FROM jobs, jsonb_array_elements_text(jobs.tags) AS each",
}


def downgrade() -> None:
    op.drop_table("job_tags")
    for column in BY:
        op.drop_index(f"ix_jobs_owner_{column}_id", "jobs")
        op.drop_index(f"ix_jobs_{column}_id", "jobs")
