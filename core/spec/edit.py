"""What may be changed of a job that is there: what it is called, how it is found, and when its turn comes."""

from typing import Any

from pydantic import Field

from core.spec.base import Spec
from core.spec.job import JobSpec, Name, Tags


class JobEdit(Spec):
    """A merge patch of a job: what is left out stays, and null gives the default back."""

    name: Name | None = Field(None, description="null: none")
    tags: Tags | None = Field(None, max_length=32, description="all of them, not one more; null: none")
    priority: int | None = Field(None, ge=0, le=100, description="higher runs first; null: the default")

    def values(self) -> dict[str, Any]:
        """The new value of each field that was sent."""
        defaults = JobSpec()
        found = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: getattr(defaults, name) if value is None else value for name, value in found.items()}
