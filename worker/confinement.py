"""Limits that the kernel keeps, for programs that open what strangers sent."""

import resource
import signal
from collections.abc import Mapping
from types import FrameType

from core.errors import DistilleryError

LAST_WORDS_SECONDS = 10  # of CPU, after the limit, to say what happened


def confine(most: Mapping[int, int], cpu_seconds: int, refusal: DistilleryError) -> None:
    """Let the kernel end what outgrows its limits. Before any foreign byte is read, and for ever.

    most       by RLIMIT_…, never above what this process was started with
    refusal    is raised once the processor time is used up
    """

    def too_long(_signal: int, _frame: FrameType | None) -> None:
        raise refusal

    for what, limit in most.items():
        _limit(what, limit, limit)
    signal.signal(signal.SIGXCPU, too_long)
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + LAST_WORDS_SECONDS)


def _limit(what: int, soft: int, hard: int) -> None:
    _, given = resource.getrlimit(what)
    if given != resource.RLIM_INFINITY:
        soft, hard = min(soft, given), min(hard, given)
    resource.setrlimit(what, (soft, hard))
