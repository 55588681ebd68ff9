"""torchvision's own builder of a network, its arguments, and what changes for small images."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from torch import nn
from torchvision.models import get_model

from core.errors import InvalidJob
from worker.engine.models.architecture import Architecture, Stem
from worker.engine.models.outline import weightless
from worker.engine.models.stems import Change, written

# In place, autograd first copies their input: a tenth of a step on a CPU. (Of ReLU it keeps the output.)
COPIED_IN_PLACE = nn.ReLU6 | nn.Hardswish | nn.SiLU


@dataclass(frozen=True)
class Design:
    """How torchvision builds a network.

    builder      its name in torchvision.models
    changes      what takes the place of a module with the stem `small`, by its name
    arguments    beside the number of classes; they turn off what is a regularizer here: dropout, for instance
    width        name of the argument that multiplies the channels; None where there is none
    smallest     of its values; with smaller ones torchvision leaves layers out
    """

    builder: str
    changes: Mapping[str, Change]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    width: str | None = None
    smallest: float = 0.1

    def architecture(
        self, title: str, stages: tuple[str, ...], classifier: str, head: str, bridge: str | None = None
    ) -> Architecture:
        """With what else must be known of it."""
        return Architecture(
            title=title,
            has_width=self.width is not None,
            build=self.build,
            stages=stages,
            classifier=classifier,
            head=head,
            smallest_width=1.0 if self.width is None else self.smallest,
            small_stem=self._in_words(),
            bridge=bridge,
            elsewhere=self.elsewhere,
        )

    def build(self, classes: int, width: float, stem: Stem) -> nn.Module:
        """The network with random weights, by the names that torchvision has for them.

        raises InvalidJob for a width that it has not
        """
        network: nn.Module = get_model(self.builder, **self._arguments(classes, width))
        if stem == "small":
            for name, change in self.changes.items():
                network.set_submodule(name, change(network.get_submodule(name)))
        for module in network.modules():
            if isinstance(module, COPIED_IN_PLACE):
                module.inplace = False
        return network

    def elsewhere(self, classes: int, width: float, stem: Stem) -> dict[str, Any]:
        """What builds the same network without this project.

        builder, arguments   of torchvision.models.get_model
        replaced             by name of a module, what takes its place: [class in torch.nn, its arguments]
        """
        with weightless():
            network = self.build(classes, width, stem)
        changed = self.changes if stem == "small" else ()
        return {
            "builder": self.builder,
            "arguments": self._arguments(classes, width),
            "replaced": {name: written(network.get_submodule(name)) for name in changed},
        }

    def _arguments(self, classes: int, width: float) -> dict[str, Any]:
        if self.width is None and width != 1.0:
            raise InvalidJob(f"{self.builder} has one width", hint="Leave out `width`, or set it to 1.")
        if width < self.smallest:
            raise InvalidJob(f"{self.builder} has no width below {self.smallest}")
        multiplier = {} if self.width is None else {self.width: width}
        return {"num_classes": classes, **multiplier, **self.arguments}

    def _in_words(self) -> str:
        """Modules by name, those next to each other that change in one way together."""
        alike = groupby(self.changes, key=lambda name: self.changes[name].in_words)
        return "; ".join(f"{' and '.join(names)} {change}" for change, names in alike)
