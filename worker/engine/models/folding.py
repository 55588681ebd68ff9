"""Fold batch normalisation into the convolution before it: the same function with fewer operations.

γ · (w∗x + b − μ) / √(σ² + ε) + β  =  (γ/√(σ² + ε) · w)∗x  +  γ · (b − μ)/√(σ² + ε) + β
"""

import copy
from collections import Counter

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def folded(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode whose batch normalisations are part of the convolutions before them.

    Only for forward passes without gradient; its weights are not those that torchvision knows. Its modules
    keep their names, and can be hooked; a normalisation that was folded passes its input on.
    """
    copied = copy.deepcopy(network).eval()  # fusing asks for it
    modules = dict(copied.named_modules())
    nodes = list(fx.symbolic_trace(copied).graph.nodes)
    calls = Counter(str(node.target) for node in nodes)
    for node in nodes:
        if _is(node, nn.BatchNorm2d, modules) and _is(node.args[0], nn.Conv2d, modules):
            convolution, normalization = str(node.args[0].target), str(node.target)
            if len(node.args[0].users) > 1 or calls[convolution] > 1 or calls[normalization] > 1:
                continue  # someone reads the value before normalisation, or other values pass through
            fused = fuse_conv_bn_eval(modules[convolution], modules[normalization])
            copied.set_submodule(convolution, fused)
            copied.set_submodule(normalization, nn.Identity())
    return copied.eval()


def _is(node: object, kind: type[nn.Module], modules: dict[str, nn.Module]) -> bool:
    return (
        isinstance(node, fx.Node) and node.op == "call_module" and isinstance(modules[str(node.target)], kind)
    )
