"""Listen to a network on its way to the logits: the maps of its stages, the vectors before its classifier."""

from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from worker.engine.models.architecture import Architecture
from worker.engine.models.projector import projector
from worker.engine.moment import Features
from worker.engine.shapes import Inputs


@dataclass(frozen=True)
class Needs:
    """What is to be heard.

    stages   numbers of stages, from 1
    pooled   the vectors that the last linear layer reads
    read     the maps that are averaged for a classifier that is reused
    """

    stages: frozenset[int] = frozenset()
    pooled: bool = False
    read: bool = False

    def __or__(self, other: "Needs") -> "Needs":
        return Needs(self.stages | other.stages, self.pooled or other.pooled, self.read or other.read)


NOTHING = Needs()


class Tapped:
    """A network that also tells what it computed on the way; hooks sit on nothing that no term needs.

    asked     what is called, if that is more than the network itself
    """

    def __init__(
        self, network: nn.Module, architecture: Architecture, needs: Needs, asked: nn.Module | None = None
    ) -> None:
        self.asked = network if asked is None else asked
        self.stages: dict[int, Tensor] = {}
        self.pooled: Tensor | None = None
        self.read: Tensor | None = None
        self.listening = False
        for number in sorted(needs.stages):
            stage = network.get_submodule(architecture.stages[number - 1])
            stage.register_forward_hook(partial(self._hear_stage, number))
        if needs.pooled:
            network.get_submodule(architecture.head).register_forward_pre_hook(self._hear_pooled)
        if needs.read:
            last = projector(network) or network.get_submodule(architecture.stages[-1])
            last.register_forward_hook(self._hear_read)

    def __call__(self, images: Inputs) -> tuple[Tensor, Features]:
        """Its answer, and what was heard meanwhile, in float32."""
        self.listening = True
        try:
            answer: Tensor = self.asked(images)
            pooled, read = (None if one is None else one.float() for one in (self.pooled, self.read))
            return answer, Features({n: maps.float() for n, maps in self.stages.items()}, pooled, read)
        finally:  # nothing may stay: it would hold the graph of a whole step
            self.listening, self.stages, self.pooled, self.read = False, {}, None, None

    def _hear_stage(self, number: int, _stage: nn.Module, _inputs: object, output: Tensor) -> None:
        if self.listening:
            self.stages[number] = output

    def _hear_pooled(self, _layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if self.listening:
            self.pooled = inputs[0]

    def _hear_read(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        if self.listening:
            self.read = output
