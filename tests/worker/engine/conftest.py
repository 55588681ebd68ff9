"""Shapes are checked while the engine is tested: every annotated tensor, in every call."""

from jaxtyping import install_import_hook

install_import_hook("worker.engine", "beartype.beartype")
