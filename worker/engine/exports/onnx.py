"""student.onnx: for runtimes that know no torch."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from core.spec.exports import Onnx
from worker.engine.exports.export import Answering, Compared, differs
from worker.engine.exports.subject import Subject

INPUT, OUTPUT, BATCH = "inputs", "logits", "batch"
ERRORS_ONLY = 3  # of onnxruntime's levels


class OnnxExport:
    """ONNX in float32; torch's exporter folds batch normalisation into the convolutions before it."""

    file = "student.onnx"

    def __init__(self, spec: Onnx) -> None:
        self.opset = spec.opset

    def make(self, subject: Subject) -> bytes:
        return model(subject, self.opset)

    def open(self, content: bytes) -> Answering:
        return session(content)

    def complaint(self, compared: Compared) -> str | None:
        return differs(compared)


def model(subject: Subject, opset: int) -> bytes:
    """The network in ONNX, converted once for all formats that begin with it.

    input    `inputs`, float32 [batch, …]: normalised as its metadata say
    output   `logits`, float32 [batch, classes]
    """
    if opset not in subject.onnx:
        subject.onnx[opset] = _converted(subject, opset)
    return subject.onnx[opset]


def session(content: bytes) -> Answering:
    """A program that answers with onnxruntime, on the CPU, on as many cores as torch has."""
    import onnxruntime  # here, as below: no run but one that asks for ONNX waits for it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = ERRORS_ONLY
    opened = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def answer(inputs: Tensor) -> Tensor:
        (logits,) = opened.run([OUTPUT], {INPUT: inputs.cpu().contiguous().numpy()})
        return torch.from_numpy(logits)

    return answer


def describe(proto: Any, facts: Mapping[str, str]) -> None:
    """Write down what a program needs to know, and nothing of how the file came about.

    The exporter notes the lines of code that each operation comes from, with the folders of this machine.
    """
    graph = proto.graph
    for part in (proto, graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        del part.metadata_props[:]
        part.doc_string = ""
    for name, text in sorted(facts.items()):
        proto.metadata_props.add(key=name, value=text)


def _converted(subject: Subject, opset: int) -> bytes:
    program = torch.onnx.export(
        subject.program, input_names=[INPUT], output_names=[OUTPUT], opset_version=opset, verbose=False
    )
    assert program is not None, "it is none where a file is asked for"
    proto = program.model_proto
    _name_batch(proto.graph)
    describe(proto, subject.facts)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


def _name_batch(graph: Any) -> None:
    """Call the open size what it is; torch numbers its symbols, and not always alike."""
    symbol = graph.input[0].type.tensor_type.shape.dim[0].dim_param
    for value in (*graph.input, *graph.output, *graph.value_info):
        for size in value.type.tensor_type.shape.dim:
            if size.dim_param == symbol:
                size.dim_param = BATCH
