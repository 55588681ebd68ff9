"""Sums of losses that stay on the device until someone asks: a read makes the device wait, so it is rare."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from core.errors import Diverged
from worker.engine.shapes import Scalar


@dataclass(frozen=True)
class Means:
    """Mean of each loss over some images."""

    values: Mapping[str, float]
    images: int


class Tally:
    """Adds up the losses of steps, and notices the first step at which one was not a finite number."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.names: tuple[str, ...] = ()
        self.sums = torch.zeros(0, dtype=torch.float64, device=device)
        self.finite = torch.ones((), dtype=torch.bool, device=device)
        self.finite_steps = torch.zeros((), dtype=torch.int64, device=device)
        self.images = 0

    @torch.no_grad()
    def add(self, losses: Mapping[str, Scalar], images: int) -> None:
        """Count the losses of one step; the names must be the same at every step."""
        values = torch.stack([loss.detach() for loss in losses.values()]).double()
        if not self.names:
            self.names, self.sums = tuple(losses), torch.zeros_like(values)
        self.sums.add_(values, alpha=images)
        self.finite.logical_and_(values.isfinite().all())
        self.finite_steps.add_(self.finite)
        self.images += images

    def read(self) -> Means:
        """The means since the last read. The one place at which the host waits for the device.

        raises Diverged, with the step and the losses that were not finite
        """
        finite, steps, *sums = torch.cat(
            [self.finite.double()[None], self.finite_steps.double()[None], self.sums]
        ).tolist()
        if not finite:
            raise Diverged(f"at step {int(steps) + 1} these were not finite: {', '.join(self._broken(sums))}")
        means = {name: value / self.images for name, value in zip(self.names, sums, strict=True)}
        read = Means(means, self.images)
        self.sums.zero_()
        self.images = 0
        return read

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {
            "names": self.names,
            "sums": self.sums,
            "finite": self.finite,
            "finite_steps": self.finite_steps,
            "images": self.images,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, on this tally's own device."""
        device = self.sums.device
        self.names, self.images = tuple(state["names"]), int(state["images"])
        self.sums = state["sums"].to(device)
        self.finite, self.finite_steps = state["finite"].to(device), state["finite_steps"].to(device)

    def _broken(self, sums: list[float]) -> list[str]:
        return [name for name, value in zip(self.names, sums, strict=True) if not math.isfinite(value)]
