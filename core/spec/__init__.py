"""What a person asks for, as frozen and closed data."""

from core.spec.job import JobSpec

__all__ = ["JobSpec"]
