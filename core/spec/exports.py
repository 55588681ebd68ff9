"""Further formats of the student, each checked against it on the test split before it is handed over."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from core.spec.base import Many, Spec
from core.spec.shorthand import named

# From the first that torch's exporter writes itself to the last that runtimes of today all read.
Opset = Annotated[int, Field(ge=18, le=22, description="version of ONNX's operators that the file asks for")]


class Onnx(Spec):
    """student.onnx: ONNX in float32, normalisation folded, any batch size; checked with onnxruntime."""

    kind: Literal["onnx"] = "onnx"
    opset: Opset = 18


class OnnxInt8(Spec):
    """student.int8.onnx: ONNX in 8 bits, quantized statically, weights per channel; its cost is measured."""

    kind: Literal["onnx_int8"] = "onnx_int8"
    opset: Opset = 18
    calibration_images: int = Field(
        256, ge=1, le=10_000, description="training images or rows that tell the range of each activation"
    )
    reduce_range: bool = Field(
        True, description="weights of 7 bits, so that sums overflow on no CPU: the same answers everywhere"
    )
    max_accuracy_loss: float = Field(
        0.02,
        ge=0,
        le=1,
        description="test accuracy, or R² of a measure, that it may cost; beyond, it is not handed over",
    )


class TorchExport(Spec):
    """student.pt2: a program of torch.export, which runs without the code of the network."""

    kind: Literal["torch_export"] = "torch_export"


ExportSpec = Annotated[Onnx | OnnxInt8 | TorchExport, Field(discriminator="kind")]
Export = Annotated[ExportSpec, BeforeValidator(named("kind"), json_schema_input_type=str | ExportSpec)]
KINDS = (Onnx, OnnxInt8, TorchExport)
Exports = Annotated[Many[Export], Field(max_length=len(KINDS))]
