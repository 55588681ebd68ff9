"""The trainer: a spec in; a distilled student and a measured report out. Runs with no service at all."""

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worker.engine.distill import distill as distill

__all__ = ["distill"]

# Read by the OpenMP runtime when torch is loaded. Its threads would spin for milliseconds at each of the
# hundreds of barriers of a step: two trainers on one CPU then take 16 times as long a step, not twice.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")


class _Engine(ModuleType):
    """The package, whose `distill` is the function, though a module of that name lies in it.

    Looked up at first use: torch takes seconds to import, and the trainer has things to do before.
    """

    @property
    def distill(self) -> Any:
        return import_module("worker.engine.distill").distill

    @distill.setter
    def distill(self, submodule: ModuleType) -> None:
        """The import system binds each submodule to its package; here the function keeps the name."""


sys.modules[__name__].__class__ = _Engine
