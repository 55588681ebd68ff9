"""The whole service on one machine: `distillery up`."""
