"""Which layer feeds which activation: read off the graph of a network, not off the names of its modules."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import fx, nn

from core.spec.regularizers import Activation
from worker.engine.models.layers import WeightLayer

ACTIVATIONS: Mapping[type[nn.Module], Activation] = {
    nn.ReLU: "relu",
    nn.ReLU6: "relu6",
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
    nn.SiLU: "silu",
    nn.GELU: "gelu",
    nn.Hardswish: "hardswish",
    nn.Hardsigmoid: "hardsigmoid",
}
Normalization = nn.BatchNorm1d | nn.BatchNorm2d
NORMALIZATIONS = (nn.BatchNorm1d, nn.BatchNorm2d)
ADDITIONS = {"add", "add_", "iadd"}


@dataclass(frozen=True)
class Fed:
    """A layer, and the activation of its output.

    normalization   between the two, where there is one
    call            which call of this activation it is in a forward pass, from 0: networks use one several
                    times
    """

    name: str
    layer: WeightLayer
    normalization: Normalization | None
    activation: nn.Module
    call: int

    @property
    def kind(self) -> Activation:
        return ACTIVATIONS[type(self.activation)]


def fed_activations(network: nn.Module) -> list[Fed]:
    """Each layer whose output an activation bends, after its normalisation and the addition of a shortcut.

    Of a residual block the last layer of the main branch counts, which is the longer one. An activation of
    what several layers put together (DenseNet's) has no one layer, and is left out.
    """
    modules = dict(network.named_modules())
    nodes = list(_graph(network).nodes)
    depths = _depths(nodes, modules)
    calls: Counter[str] = Counter()
    found: dict[str, Fed] = {}
    for node in nodes:
        activation = _module(node, modules)
        if activation is not None and type(activation) in ACTIVATIONS:
            call = calls[str(node.target)]
            calls[str(node.target)] += 1
            source = _source(node.args[0], modules, depths)
            if source is not None:
                name, normalization = source
                layer = modules[name]
                assert isinstance(layer, WeightLayer)
                found.setdefault(name, Fed(name, layer, normalization, activation, call))
    return list(found.values())


class _Tracer(fx.Tracer):
    """Looks into no layer: a convolution of ours may choose its path by the shape that it sees."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, WeightLayer) or super().is_leaf_module(m, module_qualified_name)


def _graph(network: nn.Module) -> fx.Graph:
    """Traced in evaluation mode, in which no hook of a regularizer does anything."""
    was_training = network.training
    try:
        return _Tracer().trace(network.eval())
    finally:
        network.train(was_training)


def _module(node: Any, modules: Mapping[str, nn.Module]) -> nn.Module | None:
    is_call = isinstance(node, fx.Node) and node.op == "call_module"
    return modules[str(node.target)] if is_call else None


def _depths(nodes: list[fx.Node], modules: Mapping[str, nn.Module]) -> dict[fx.Node, int]:
    """Layers on the longest way from the images to each node, its own included."""
    depths: dict[fx.Node, int] = {}
    for node in nodes:
        before = max((depths[one] for one in node.all_input_nodes), default=0)
        depths[node] = before + isinstance(_module(node, modules), WeightLayer)
    return depths


def _source(
    node: Any, modules: Mapping[str, nn.Module], depths: Mapping[fx.Node, int]
) -> tuple[str, nn.BatchNorm1d | nn.BatchNorm2d | None] | None:
    """The layer that this value comes from, and its normalisation; None where it is not one layer's."""
    normalization = None
    while isinstance(node, fx.Node):
        module = _module(node, modules)
        if isinstance(module, WeightLayer):
            return str(node.target), normalization
        if isinstance(module, NORMALIZATIONS) and normalization is None:
            normalization = module
        elif isinstance(module, nn.Identity):
            pass
        elif _is_addition(node) and normalization is None:
            node = max(_operands(node), key=depths.__getitem__)
            continue
        else:
            return None
        node = node.args[0]
    return None


def _is_addition(node: fx.Node) -> bool:
    if node.op not in ("call_function", "call_method"):
        return False
    name = node.target if isinstance(node.target, str) else node.target.__name__
    return name in ADDITIONS and any(True for _ in _operands(node))


def _operands(node: fx.Node) -> Iterator[fx.Node]:
    return (one for one in node.args if isinstance(one, fx.Node))
