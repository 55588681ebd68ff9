"""What other programs find in student.onnx."""

import json

import onnx
import onnxruntime
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from core.spec.exports import Onnx
from tests.worker.engine.builders import HALF, a_network
from worker.engine.data.batches import evaluation_batches
from worker.engine.exports.onnx import OnnxExport
from worker.engine.exports.subject import Subject


@pytest.fixture
def images(shelf):
    return torch.cat(list(evaluation_batches(shelf.material.splits.test, HALF, shelf.material.device)))


@pytest.fixture
def model(shelf):
    return onnx.load_from_string(shelf.content("onnx"))


def test_another_runtime_answers_as_torch_does(shelf, model, images):
    """onnx's own evaluator computes in plain numpy."""
    (logits,) = ReferenceEvaluator(model).run(None, {"inputs": images.contiguous().numpy()})

    torch.testing.assert_close(torch.from_numpy(logits), shelf.logits, atol=1e-5, rtol=1e-5)


def test_a_batch_may_have_any_size(shelf, images):
    session = onnxruntime.InferenceSession(shelf.content("onnx"))

    for size in (1, 3, 32):
        (logits,) = session.run(None, {"inputs": images[:size].contiguous().numpy()})
        torch.testing.assert_close(torch.from_numpy(logits), shelf.logits[:size], atol=1e-5, rtol=1e-5)


def test_it_says_what_goes_in_and_what_comes_out(model):
    onnx.checker.check_model(model, full_check=True)

    (given,), (answered,) = model.graph.input, model.graph.output
    sizes = [
        [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in (given, answered)
    ]
    assert (given.name, answered.name) == ("inputs", "logits")
    assert sizes == [["batch", 3, 8, 8], ["batch", 4]]
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)]


def test_normalisation_is_folded(model):
    assert {node.op_type for node in model.graph.node} & {"BatchNormalization", "Conv"} == {"Conv"}


def test_it_carries_what_a_program_needs_to_use_it(model):
    said = {entry.key: json.loads(entry.value) for entry in model.metadata_props}

    assert (said["image_size"], said["mean"], said["std"]) == (8, [0.5] * 3, [0.25] * 3)
    assert said["class_names"] == ["class 0", "class 1", "class 2", "class 3"]


def test_it_tells_nothing_of_the_machine_that_made_it(shelf):
    assert b"torch/nn" not in shelf.content("onnx")
    assert b".py" not in shelf.content("onnx")


def test_the_operators_are_of_the_version_that_was_asked_for():
    network = torch.nn.Linear(3, 2)
    subject = Subject(network, torch.zeros(2, 3), lambda images: torch.zeros(images, 3), {})

    made = onnx.load_from_string(OnnxExport(Onnx(opset=21)).make(subject))

    assert [opset.version for opset in made.opset_import] == [21]


def test_what_training_hung_into_the_network_and_its_layout_do_not_matter(shelf, images):
    """The student is handed over from a fresh network; its memory may be channels-last."""
    network = a_network()
    network.load_state_dict(shelf.student.network.state_dict())

    assert torch.equal(network.eval()(images), shelf.logits)
    assert shelf.student.network.conv.weight.is_contiguous(memory_format=torch.channels_last)
