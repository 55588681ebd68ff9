"""The `distillery` command."""
