"""Fold batch normalisation into the convolution before it: the same function with fewer operations.

γ · (w∗x + b − μ) / √(σ² + ε) + β  =  (γ/√(σ² + ε) · w)∗x  +  γ · (b − μ)/√(σ² + ε) + β
"""

import copy

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def folded(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode whose batch normalisations are part of the convolutions before them.

    Only for forward passes without gradient; its weights are not those that torchvision knows.
    """
    graph_module = fx.symbolic_trace(copy.deepcopy(network).eval())
    modules = dict(graph_module.named_modules())
    for node in list(graph_module.graph.nodes):
        if _is(node, nn.BatchNorm2d, modules) and _is(node.args[0], nn.Conv2d, modules):
            convolution = node.args[0]
            if len(convolution.users) > 1:  # someone reads the value before normalisation
                continue
            pair = modules[str(convolution.target)], modules[str(node.target)]
            graph_module.set_submodule(str(convolution.target), fuse_conv_bn_eval(*pair))
            node.replace_all_uses_with(convolution)
            graph_module.graph.erase_node(node)
    graph_module.delete_all_unused_submodules()
    graph_module.recompile()
    return graph_module


def _is(node: object, kind: type[nn.Module], modules: dict[str, nn.Module]) -> bool:
    return (
        isinstance(node, fx.Node) and node.op == "call_module" and isinstance(modules[str(node.target)], kind)
    )
