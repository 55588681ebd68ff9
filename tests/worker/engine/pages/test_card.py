"""The lines of the card use the student as they stand, without this project."""

import re
import subprocess
import sys

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torchvision.models import mobilenet_v2

from tests.worker.engine.builders import CPU
from worker.engine import registry
from worker.engine.data import digits
from worker.engine.pages.card import plain, use

CHECK = """
import sys
assert not {name.partition(".")[0] for name in sys.modules} & {"worker", "core", "app"}
"""


@pytest.fixture(scope="session")
def lines(run):
    (found,) = re.findall(r"```python\n(.*?)```", (run.out / "model_card.md").read_text(), re.DOTALL)
    return found


def test_they_are_few(lines):
    assert len(lines.splitlines()) <= 12


def test_they_answer_as_the_student_does(run, lines, tmp_path):
    image = digits.load(None).train.images[3]
    Image.fromarray(image.numpy()).save(tmp_path / "image.png")
    (tmp_path / "student.safetensors").write_bytes((run.out / "student.safetensors").read_bytes())

    said = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", lines + CHECK],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    student = mobilenet_v2(num_classes=10, width_mult=0.5).eval()
    student.load_state_dict(load_file(run.out / "student.safetensors"))
    mean, std = (torch.tensor(run.report["dataset"][name]) for name in ("mean", "std"))
    with torch.no_grad():
        own = student(((image / 255 - mean) / std).permute(2, 0, 1)[None].to(CPU)).softmax(dim=1)[0]
    name, probability = said.split()
    assert name == run.report["dataset"]["class_names"][own.argmax()]
    assert float(probability) == pytest.approx(own.max().item(), rel=1e-4)


@pytest.mark.parametrize("architecture", ["resnet18", "mobilenet_v2"])
def test_small_stems_are_built_too(architecture):
    known = registry.ARCHITECTURES[architecture]
    own = known.build(10, 1.0, "small").eval()
    named = {}

    lines = use(known.elsewhere(10, 1.0, "small"), {"image_size": 32}).splitlines()
    building = [line for line in lines if line.startswith(("import", "student = ", "student.set_submodule"))]
    exec("\n".join(building), named)
    named["student"].load_state_dict(own.state_dict())

    image = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(named["student"](image), own(image))


def test_no_sign_of_a_name_is_markdown():
    assert plain("a*b_[c](d)") == r"a\*b\_\[c\]\(d\)"


def test_the_card_says_how_good_the_student_is(run):
    text = (run.out / "model_card.md").read_text()

    assert f"{100 * run.report['student']['test']['accuracy']:.2f} %" in text
    assert run.report["dataset"]["digest"] in text
