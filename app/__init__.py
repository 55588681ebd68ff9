"""The HTTP API, the Python client and the `distillery` command."""
