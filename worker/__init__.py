"""The processes that run jobs, and the engine that trains."""
