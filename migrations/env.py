"""Alembic's entry: runs on the connection that core.store.migrate hands over, in its transaction."""

from alembic import context

from core.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
)
context.run_migrations()
