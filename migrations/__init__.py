"""Alembic migrations, as a package, so that an installed service can migrate."""
