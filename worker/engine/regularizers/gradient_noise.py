"""A random directional derivative of the loss, added to it: where the loss is flat, it is nothing."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.models.layers import parameter_layers
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.shapes import Scalar


def directional_derivative(
    loss: Scalar, parameters: Sequence[Tensor], directions: Sequence[Tensor]
) -> Scalar:
    """Σ_i ε_i ∂L/∂θ_i, itself a function of θ: its gradient is the product of L's Hessian with ε."""
    gradients = torch.autograd.grad(loss, parameters, create_graph=True, materialize_grads=True)
    products = [(g * e).sum() for g, e in zip(gradients, directions, strict=True)]
    return torch.stack(products).sum()


@contextmanager
def moved(layers: Sequence[nn.Module], offsets: dict[nn.Parameter, Tensor]) -> Iterator[None]:
    """Inside, the layers compute with θ + offset. θ itself never changes, and receives the gradients."""
    places = [
        (layer, name, parameter)
        for layer in layers
        for name, parameter in layer.named_parameters(recurse=False)
        if parameter in offsets
    ]
    elsewhere = {parameter: parameter + offset for parameter, offset in offsets.items()}
    try:
        for layer, name, parameter in places:
            layer._parameters[name] = elsewhere[parameter]  # type: ignore[assignment]
        yield
    finally:
        for layer, name, parameter in places:
            layer._parameters[name] = parameter


class GradientNoise(Regularizer):
    """L' = L + strength · Σ_i ε_i ∂L/∂θ_i with ε ~ N(0, 1), fresh at every step; L without the penalties.

    exact     differentiates the directional derivative: two backward passes, the second through the first
    perturb   takes the gradient of L at θ + strength · ε, which is the gradient of L' to first order, in one
              pass. θ is not restored, since it never moves: the layers compute with others in its place

    Penalties are computed from θ. One that reads activations reads those of the only pass there is: with
    `perturb`, they differ from those at θ to first order, as all of `perturb` does from `exact`. A second
    pass would cost as much as the step, and count its batch twice in the statistics of normalisations.

    One forward pass in either mode: the same batch, the same dropout masks, statistics updated once.
    """

    def __init__(self, chosen: spec.GradientNoise) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.stream = setting.stream
        self.layers = list(parameter_layers(setting.student, self.chosen.target).values())
        found = [parameter for layer in self.layers for parameter in layer.parameters(recurse=False)]
        self.noised = [parameter for parameter in dict.fromkeys(found) if parameter.requires_grad]

    def around_backward(self, time: Time) -> AbstractContextManager[None]:
        if self.chosen.mode == "exact":
            return nullcontext()
        strength = self._strength(time)
        offsets = [strength * direction for direction in self._directions(time)]
        return moved(self.layers, dict(zip(self.noised, offsets, strict=True)))

    def penalty(self, moment: Moment) -> Scalar | None:
        if self.chosen.mode == "perturb":
            return None
        assert moment.loss is not None, "penalties are asked once the loss is known"
        directions = self._directions(moment.time)
        return self._strength(moment.time) * directional_derivative(moment.loss, self.noised, directions)

    def _strength(self, time: Time) -> float:
        return self.chosen.strength * factor(self.chosen.over_time, time)

    def _directions(self, time: Time) -> list[Tensor]:
        """ε of this step, in the order of the layers."""
        generator = self.stream.at(time.step)
        return [torch.empty_like(parameter).normal_(generator=generator) for parameter in self.noised]
