"""The factor of a strength at a step: a pure function of the schedule and the time."""

import math

from core.spec.over_time import Constant, Cosine, Linear, OverTimeSpec, WarmUp
from worker.engine.clock import Time


def factor(chosen: OverTimeSpec, time: Time) -> float:
    """1 for `constant`; for the others as their docstrings say, at the epochs done before the step."""
    match chosen:
        case Constant():
            return 1.0
        case WarmUp():
            return min(time.epoch / chosen.epochs, 1.0)
        case Linear():
            return _between(chosen, _done(chosen, time))
        case Cosine():
            return _between(chosen, (1 - math.cos(math.pi * _done(chosen, time))) / 2)


def _done(chosen: Linear | Cosine, time: Time) -> float:
    """Share of the change that is done, 0 to 1."""
    epochs = chosen.epochs if chosen.epochs is not None else max(time.epochs - chosen.begin, 0)
    passed = time.epoch - chosen.begin
    if passed <= 0:
        return 0.0
    return min(passed / epochs, 1.0) if epochs > 0 else 1.0


def _between(chosen: Linear | Cosine, share: float) -> float:
    return chosen.start + (chosen.end - chosen.start) * share
