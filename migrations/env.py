"""Alembic's entry: runs on the connection that core.store.migrate hands over, in its transaction."""

from alembic import context

from core.store.library import Dataset

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Dataset.metadata,
    render_as_batch=True,
)
context.run_migrations()
