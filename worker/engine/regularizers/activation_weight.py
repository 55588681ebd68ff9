"""A penalty on weights, the stronger the more of a change the activation behind them passes on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.errors import InvalidJob
from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.models.layers import weight_layers
from worker.engine.models.wiring import Fed, Normalization, fed_activations
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.regularizers.slopes import SQUARED_SLOPES, STEPPED
from worker.engine.shapes import Scalar

Units = Float[Tensor, "_"]  # output features of a linear layer, output channels of a convolution


def activation_weight(slopes: Sequence[Units], weights: Sequence[Units]) -> Scalar:
    """½ Σ_i ‖f'(z_i)‖² ‖w_i‖² over all units i of all layers.

    slopes    of each layer, the mean over batch and positions of the squared derivative of the activation at
              each unit
    weights   of each layer, the squared norm of the weights that feed each unit
    """
    return torch.stack([(s * w).sum() for s, w in zip(slopes, weights, strict=True)]).sum() / 2


def per_unit(squared: Tensor, layer: nn.Module) -> Units:
    """The mean over batch and positions: [batch, units, h, w] behind convolutions, else [batch, …, units]."""
    if isinstance(layer, nn.Conv2d):
        return squared.mean(dim=(0, 2, 3))
    return squared.flatten(0, -2).mean(dim=0)


def folded_squares(weight: Tensor, norm: Normalization | None, gain: Tensor | None) -> Units:
    """‖γ/√(var + ε) · w_i‖², the weights as they are once the normalisation is folded into them.

    Without it, small weights before a normalisation would do what large ones do, and escape the penalty. The
    variance is the running one, and no gradient flows to it.
    """
    squares = weight.square().flatten(1).sum(dim=1)
    if norm is None:
        return squares
    assert norm.running_var is not None, "torchvision's normalisations keep statistics"
    variance = norm.running_var.detach().clone() + norm.eps  # the next forward pass changes it in place
    return (1.0 if gain is None else gain.square()) / variance * squares


def parameters_of(fed: Fed) -> tuple[Tensor, Normalization | None, Tensor | None]:
    """Its weights, and its normalisation with the gain γ, where it has such."""
    norm = fed.normalization
    return fed.layer.weight, norm, None if norm is None else norm.weight


class ActivationWeight(Regularizer):
    """strength · ½ Σ_i ‖f'(z_i)‖² ‖w_i‖², z_i the input of the activation f behind unit i.

    Of every convolution and linear layer that an activation follows, perhaps after its normalisation and the
    addition of a shortcut. Gradients flow to the weights and, where f' has a derivative, to whatever z is
    computed from. z is caught before the activation, which may overwrite it.

    Measured of each layer: its mean |w|, and the mean of f'² over the last epoch.
    """

    sums: Tensor
    steps: Tensor

    def __init__(self, chosen: spec.ActivationWeight) -> None:
        super().__init__()
        self.chosen = chosen

    def check(self, student: nn.Module) -> None:
        self._choose(student)

    def attach(self, setting: Setting) -> None:
        self.fed = self._choose(setting.student)
        # The parameters themselves: during a pass others may stand in for them (gradient noise).
        self.folded = [partial(folded_squares, *parameters_of(fed)) for fed in self.fed]
        self.slopes: dict[str, Units] = {}
        self.calls: dict[nn.Module, int] = {}
        self.register_buffer("sums", torch.zeros(len(self.fed), device=setting.device))
        self.register_buffer("steps", torch.zeros((), device=setting.device))
        for activation in {fed.activation for fed in self.fed}:
            by_call = {fed.call: fed for fed in self.fed if fed.activation is activation}
            activation.register_forward_pre_hook(partial(self._hear, by_call))

    @contextmanager
    def around_backward(self, time: Time) -> Iterator[None]:
        self.slopes, self.calls = {}, {}
        yield

    def penalty(self, moment: Moment) -> Scalar:
        slopes = [self.slopes.pop(fed.name) for fed in self.fed]
        with torch.no_grad():
            self.sums += torch.stack([slope.mean() for slope in slopes])
            self.steps += 1
        strength = self.chosen.strength * factor(self.chosen.over_time, moment.time)
        return strength * activation_weight(slopes, [fold() for fold in self.folded])

    @torch.no_grad()
    def measures(self) -> dict[str, Scalar]:
        slopes = self.sums / self.steps
        self.sums.zero_()
        self.steps.zero_()
        found: dict[str, Scalar] = {}
        for fed, slope in zip(self.fed, slopes, strict=True):
            found[f"{fed.name}/mean_abs_weight"] = fed.layer.weight.abs().mean()
            found[f"{fed.name}/mean_squared_slope"] = slope
        return found

    def _choose(self, student: nn.Module) -> list[Fed]:
        target, kinds = self.chosen.target, self.chosen.activations
        named = weight_layers(student, target)
        found = [fed for fed in fed_activations(student) if fed.name in named and fed.kind in kinds]
        if not found:
            layer = "no layer" if target is None else f"no layer named like {target!r}"
            raise InvalidJob(f"{layer} is followed by any of {', '.join(kinds)}")
        return found

    def _hear(self, by_call: dict[int, Fed], activation: nn.Module, inputs: tuple[Tensor]) -> None:
        if not activation.training:
            return
        call = self.calls.get(activation, 0)
        self.calls[activation] = call + 1
        if call in by_call:
            fed, (z,) = by_call[call], inputs
            if fed.kind in STEPPED:
                z = z.detach()
            elif getattr(activation, "inplace", False):
                z = z.clone()
            self.slopes[fed.name] = per_unit(SQUARED_SLOPES[fed.kind](z.float()), fed.layer)
