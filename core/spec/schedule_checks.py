"""Strengths and weights that change over time, in a training that is too short for it."""

from collections.abc import Iterator

from core.errors import FieldError
from core.spec.job import JobSpec
from core.spec.over_time import OverTimeSpec, WarmUp, is_never
from core.spec.regularizers import Soft


def schedule_warnings(spec: JobSpec) -> Iterator[FieldError]:
    """Those that are 0 from the first step to the last, and those that never become what they were set to."""
    epochs = spec.optimization.epochs
    for place, kind, over_time in _changing(spec):
        if is_never(over_time, epochs):
            detail = f"it is 0 at every step of these {epochs} epochs: {kind} does nothing"
            yield FieldError(f"{place}/over_time", "no_effect", detail, over_time.kind)
        elif isinstance(over_time, WarmUp) and over_time.epochs > epochs:
            detail = (
                f"{kind} is at its full strength after {over_time.epochs:g} epochs, and this training ends "
                f"after {epochs}"
            )
            yield FieldError(f"{place}/over_time/epochs", "never_at_full_strength", detail, over_time.epochs)


def _changing(spec: JobSpec) -> Iterator[tuple[str, str, OverTimeSpec]]:
    """Place, kind and schedule of whatever is not turned off."""
    for index, term in enumerate(spec.method.terms):
        if term.weight > 0:
            yield f"/method/terms/{index}", term.kind, term.over_time
    for index, one in enumerate(spec.regularizers):
        if isinstance(one, Soft) and getattr(one, one.force) > 0:
            yield f"/regularizers/{index}", one.kind, one.over_time
