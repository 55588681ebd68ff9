"""student.int8.onnx: a quarter of the bytes, whole numbers within, at some cost of accuracy."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.spec.exports import OnnxInt8
from worker.engine.exports.export import Answering, Compared
from worker.engine.exports.onnx import INPUT, describe, model, session
from worker.engine.exports.subject import Subject

CALIBRATION_BATCH = 32


class OnnxInt8Export:
    """Static quantization: x ≈ scale · (q − zero), with one scale a channel for weights.

    Weights are int8 and symmetric; activations uint8, in the range that they had on the training images.
    Operators stand between pairs of QuantizeLinear and DequantizeLinear, which any runtime can read.

    Jacob et al. 2018. https://arxiv.org/abs/1712.05877
    """

    file = "student.int8.onnx"

    def __init__(self, spec: OnnxInt8) -> None:
        self.spec = spec

    def make(self, subject: Subject) -> bytes:
        images = subject.calibration(self.spec.calibration_images)
        with tempfile.TemporaryDirectory() as folder:
            return _quantized(subject, self.spec, images, Path(folder))

    def open(self, content: bytes) -> Answering:
        return session(content)

    def complaint(self, compared: Compared) -> str | None:
        if compared.max_abs_difference != compared.max_abs_difference:  # NaN
            return "its logits are not finite"
        allowed = self.spec.max_accuracy_loss
        costs = (("accuracy", compared.accuracy_change), ("R²", compared.r2_change))
        for what, change in costs:
            if change is not None and -change > allowed:
                return f"it costs {-change:.4f} of {what}, allowed are {allowed:g}"
        return None


class Calibration:
    """Hands out the training inputs batch by batch, as onnxruntime asks for them."""

    def __init__(self, inputs: Tensor) -> None:
        self.batches: Iterator[Tensor] = iter(torch.split(inputs.cpu(), CALIBRATION_BATCH))

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        batch = next(self.batches, None)
        return None if batch is None else {INPUT: batch.contiguous().numpy()}


def _quantized(subject: Subject, spec: OnnxInt8, images: Tensor, folder: Path) -> bytes:
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    shaped, quantized = folder / "shaped.onnx", folder / "quantized.onnx"
    # Shapes only: what onnxruntime would fuse is its own, and other runtimes do not know it.
    whole = onnx.load_model_from_string(model(subject, spec.opset))
    quant_pre_process(whole, shaped, skip_optimization=True, skip_symbolic_shape=True)
    quantize_static(
        shaped,
        quantized,
        Calibration(images),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=spec.reduce_range,
    )
    proto = onnx.load(quantized)
    describe(proto, subject.facts)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content
