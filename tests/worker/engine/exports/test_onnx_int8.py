"""student.int8.onnx holds whole numbers, and was calibrated on training images only."""

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from core.spec.exports import OnnxInt8
from tests.worker.engine.builders import HALF
from worker.engine.data.batches import evaluation_batches
from worker.engine.exporting import calibration
from worker.engine.exports.export import Compared
from worker.engine.exports.onnx_int8 import OnnxInt8Export


@pytest.fixture
def model(shelf):
    return onnx.load_from_string(shelf.content("onnx_int8"))


@pytest.fixture
def arrays(model):
    return {value.name: numpy_helper.to_array(value) for value in model.graph.initializer}


def weights_of(model, arrays, op):
    """Whole numbers and their scales, as the operator reads them."""
    makers = {output: node for node in model.graph.node for output in node.output}
    (node,) = [node for node in model.graph.node if node.op_type == op]
    quantized, scale, zero = makers[node.input[1]].input
    return arrays[quantized], arrays[scale], arrays[zero]


@pytest.mark.parametrize("op", ["Conv", "Gemm"])
def test_weights_are_whole_numbers_of_7_bits_with_a_scale_a_channel(model, arrays, op):
    quantized, scale, zero = weights_of(model, arrays, op)

    assert quantized.dtype == np.int8
    assert np.abs(quantized.astype(int)).max() <= 64
    assert len(scale) == {"Conv": 8, "Gemm": 4}[op]
    assert not zero.any()


def test_the_weights_are_the_networks_own_but_for_half_a_step(shelf, model, arrays):
    quantized, scale, _ = weights_of(model, arrays, "Gemm")

    restored = torch.from_numpy(quantized.astype(np.float32) * scale[:, None])
    off = (restored - shelf.student.network.fc.weight).abs().amax(dim=1)
    assert bool((off <= torch.from_numpy(scale) * 0.501).all())


def test_the_range_of_the_input_is_that_of_the_images_it_was_calibrated_on(shelf, model, arrays):
    chosen = calibration(shelf.material, 16)
    (node,) = [n for n in model.graph.node if n.op_type == "QuantizeLinear" and n.input[0] == "inputs"]

    step = (chosen.max().clamp(min=0) - chosen.min().clamp(max=0)) / 255
    assert arrays[node.input[1]] == pytest.approx(step.item(), rel=1e-6)


def test_it_is_calibrated_on_so_many_training_images(shelf):
    train = torch.cat(list(evaluation_batches(shelf.material.splits.train, HALF, shelf.material.device)))

    few, all_of_them = calibration(shelf.material, 5), calibration(shelf.material, 10_000)

    assert len(few) == 5
    assert all(any(torch.equal(one, image) for image in train) for one in few)
    assert len(all_of_them) == len(shelf.material.splits.train)


@pytest.mark.parametrize(
    ("change", "allowed", "passes"),
    [(-0.02, 0.02, True), (-0.021, 0.02, False), (0.1, 0.0, True), (-1.0, 1.0, True)],
)
def test_it_may_cost_as_much_accuracy_as_was_said(change, allowed, passes):
    compared = Compared(3.0, 10.0, 0.9, 0.5, change)

    said = OnnxInt8Export(OnnxInt8(max_accuracy_loss=allowed)).complaint(compared)

    assert (said is None) is passes


def test_answers_that_are_no_numbers_are_never_handed_over():
    compared = Compared(float("nan"), 10.0, 0.9, 0.5, 0.0)

    assert OnnxInt8Export(OnnxInt8(max_accuracy_loss=1.0)).complaint(compared) == "its logits are not finite"
