"""Whether and when to ask again: a pure decision."""

import random

from core.errors import DistilleryError

BACK_OFF = (0.1, 0.4, 1.0)
LONGEST_PAUSE = 30.0


class Temporary(Exception):
    """A try that failed for a reason which may pass.

    error          what to raise when nobody tries again
    retry_after    seconds after which the service wants to be asked again
    """

    def __init__(self, error: DistilleryError, *, retry_after: float | None) -> None:
        super().__init__(error.detail)
        self.error = error
        self.retry_after = retry_after


def pause_after(failure: Temporary, tries: int) -> float | None:
    """Seconds to wait after this many tries that failed; None when it is time to give up."""
    if tries > len(BACK_OFF):
        return None
    if failure.retry_after is not None:
        return failure.retry_after if failure.retry_after <= LONGEST_PAUSE else None
    # Spread, so that many clients of a service that comes back do not all come at once.
    return BACK_OFF[tries - 1] * random.uniform(0.8, 1.2)
