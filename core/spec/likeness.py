"""When two jobs are the same, and when they cost about the same: told from their resolved specs."""

import hashlib
import json
from typing import Any

from core.spec.job import JobSpec

# They change nothing of what is trained.
_FOR_PEOPLE = {"name", "tags", "priority"}


def sameness(resolved: JobSpec) -> str:
    """Equal for jobs that would train the same: name, tags and priority do not count."""
    return _digest(resolved.model_dump(mode="json", exclude=_FOR_PEOPLE))


def likeness(resolved: JobSpec) -> str:
    """Equal for jobs whose epochs cost the same: data, networks, batch, parts, precision and devices."""
    document = resolved.model_dump(mode="json")
    networks = {
        role: {key: value for key, value in document[role].items() if key != "source"}
        for role in ("teacher", "student")
    }
    trains = document["teacher"]["source"]["kind"]
    optimization = {
        name: document["optimization"][name]
        for name in ("batch_size", "accumulation", "precision", "augmentation")
    }
    return _digest([document["dataset"], networks, trains, optimization, document["resources"]])


def epochs(resolved: dict[str, Any], *, reused: bool = False) -> int:
    """Of both networks together; of the student alone where the teacher is reused. A baseline counts, too."""
    times = 2 if resolved.get("evaluation", {}).get("baseline") else 1
    teacher = 0 if reused else resolved["teacher"]["source"].get("epochs") or 0
    return times * int(resolved["optimization"]["epochs"]) + int(teacher)


def _digest(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
