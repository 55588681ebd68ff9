"""Whether a job distils at all."""

from core.spec.job import JobSpec
from core.spec.over_time import is_never
from core.spec.regularizers import Soft
from core.spec.regularizers.base import is_idle


def is_taught(spec: JobSpec) -> bool:
    """Whether anything that trains the student reads the teacher, at any step."""
    epochs = spec.optimization.epochs
    by_terms = any(
        term.hears != "nothing" and term.weight > 0 and not is_never(term.over_time, epochs)
        for term in spec.method.terms
    )
    return by_terms or any(
        isinstance(one, Soft) and one.reads_teacher and not is_idle(one, epochs) for one in spec.regularizers
    )
