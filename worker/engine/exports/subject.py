"""The student, and what its further formats are made of."""

import copy
from collections.abc import Callable, Mapping
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

EXAMPLE_BATCH = 2  # of one image, torch would take it that there is never another number


class Subject:
    """One network, from which each format is made.

    network        as it leaves training: what regularizers and terms hung beside it is not part of it
    example        some inputs, normalised as it is trained on them: at least EXAMPLE_BATCH
    calibration    so many training inputs, normalised likewise, or all that there are
    facts          what a program needs to use it, as text by name: worker.engine.exports.metadata
    onnx           what was made of it already, by opset: one format may begin with another
    """

    def __init__(
        self,
        network: nn.Module,
        example: Tensor,
        calibration: Callable[[int], Tensor],
        facts: Mapping[str, str],
    ) -> None:
        plain: nn.Module = copy.deepcopy(network).eval().requires_grad_(False)
        self.network = plain.to("cpu", memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        self.example = example[:EXAMPLE_BATCH].cpu().contiguous()
        self.calibration = calibration
        self.facts = facts
        self.onnx: dict[int, bytes] = {}

    @cached_property
    def program(self) -> ExportedProgram:
        """Its operations as torch.export sees them, for batches of any size; without a word of our files."""
        program = torch.export.export(self.network, (self.example,), dynamic_shapes=({0: Dim("batch")},))
        for node in program.graph.nodes:
            node.meta.pop("stack_trace", None)
        return program
