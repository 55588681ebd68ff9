"""Students of tables in other formats: each answers as the student does, in the units of the table."""

import io
import json

import numpy as np
import onnx
import pytest
import torch
from sklearn.metrics import r2_score

from core.spec.exports import OnnxInt8
from tests.worker.engine.documents.runs import TableRun, changed, example
from worker.engine.exports.export import Compared
from worker.engine.exports.onnx import session
from worker.engine.exports.onnx_int8 import OnnxInt8Export

FORMATS = {"onnx": "student.onnx", "onnx_int8": "student.int8.onnx", "torch_export": "student.pt2"}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def run(out):
    spec = changed(
        example("perceptron.json"), exports=list(FORMATS), optimization={"epochs": 30},
        teacher={"source": {"kind": "train", "epochs": 1}},
    )  # fmt: skip
    return TableRun(spec, out, last=False)


def answers(content, kind, inputs):
    if kind == "torch_export":
        return torch.export.load(io.BytesIO(content)).module()(inputs)
    return session(content)(inputs)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_format_predicts_the_target_as_its_header_says(kind, run, out):
    test = run.splits.test
    facts = run.facts
    standardised = (test.inputs.numpy() - facts["input_mean"]) / facts["input_std"]
    content = (out / FORMATS[kind]).read_bytes()

    found = answers(content, kind, torch.from_numpy(standardised).float())[:, 0].detach().numpy()

    predicted = found * facts["target_std"] + facts["target_mean"]
    told = run.report["exports"][kind]
    assert told["passed"]
    assert told["r2"] == pytest.approx(r2_score(test.labels.numpy(), predicted), abs=1e-5)
    assert told["r2"] - told["r2_change"] == pytest.approx(run.report["student"]["test"]["r2"], abs=1e-5)
    assert (told["accuracy"], told["agreement"]) == (None, None)


def test_onnx_carries_what_is_needed_to_use_it(run, out):
    header = {one.key: one.value for one in onnx.load(out / "student.onnx").metadata_props}

    assert json.loads(header["columns"]) == [f"x{number}" for number in range(1, 11)]
    assert json.loads(header["target"]) == "y"
    assert json.loads(header["target_std"]) == run.facts["target_std"]


def test_one_row_is_a_batch(out, run):
    row = torch.zeros(1, 10)

    found = [answers((out / name).read_bytes(), kind, row) for kind, name in FORMATS.items()]
    assert {one.shape for one in found} == {(1, 1)}
    np.testing.assert_allclose(found[0].numpy(), found[2].detach().numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "why"), [(-0.01, None), (-0.05, "it costs 0.0500 of R², allowed are 0.02")]
)
def test_eight_bits_may_cost_so_much_of_what_is_explained(change, why):
    compared = Compared(0.3, 1.0, None, None, None, r2=0.9, r2_change=change)

    assert OnnxInt8Export(OnnxInt8()).complaint(compared) == why
