"""Layers that learn nothing."""

from core.spec import regularizers as spec
from worker.engine.models.layers import parameter_layers
from worker.engine.regularizers.regularizer import Regularizer, Setting


class Freeze(Regularizer):
    """The parameters of the named layers keep their first values, bit for bit.

    They get no gradient, so that the optimizer leaves them alone, with all its momentum and decay; penalties
    and limits pass them over. Running statistics of a normalisation are no parameters, and go on.
    """

    rank = 0  # the others ask which weights are trained

    def __init__(self, chosen: spec.Freeze) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        for layer in parameter_layers(setting.student, self.chosen.target).values():
            for parameter in layer.parameters(recurse=False):
                parameter.requires_grad_(False)
