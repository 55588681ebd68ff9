"""Whether a job distils at all."""

from core.spec.job import JobSpec
from core.spec.regularizers import Soft
from core.spec.regularizers.base import is_idle


def is_taught(spec: JobSpec) -> bool:
    """Whether anything that trains the student reads the teacher, at any step."""
    epochs = spec.optimization.epochs
    by_terms = any(term.hears != "nothing" for term in spec.method.at_work(epochs).values())
    return by_terms or any(
        isinstance(one, Soft) and one.reads_teacher and not is_idle(one, epochs) for one in spec.regularizers
    )
