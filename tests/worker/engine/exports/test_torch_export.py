"""student.pt2 runs with torch alone."""

import io
import json
import subprocess
import sys

import torch

from tests.worker.engine.builders import HALF
from worker.engine.data.batches import evaluation_batches

PROGRAM = """
import sys, torch
student, images = torch.export.load(sys.argv[1]).module(), torch.load(sys.argv[2])
torch.save(student(images), sys.argv[3])
assert not {name for name in sys.modules if name.startswith(("torchvision", "worker"))}
"""


def test_a_program_without_any_of_our_code_answers_the_same(shelf, tmp_path):
    images = torch.cat(list(evaluation_batches(shelf.material.splits.test, HALF, shelf.material.device)))
    student, given, answered = (tmp_path / name for name in ("student.pt2", "images.pt", "logits.pt"))
    student.write_bytes(shelf.content("torch_export"))
    torch.save(images.contiguous(), given)

    subprocess.run([sys.executable, "-I", "-c", PROGRAM, student, given, answered], check=True, cwd=tmp_path)

    torch.testing.assert_close(torch.load(answered), shelf.logits, atol=1e-5, rtol=1e-5)


def test_it_carries_what_a_program_needs_to_use_it(shelf):
    files = {"metadata.json": ""}
    torch.export.load(io.BytesIO(shelf.content("torch_export")), extra_files=files)

    facts = {name: json.loads(text) for name, text in json.loads(files["metadata.json"]).items()}
    assert (facts["image_size"], facts["num_classes"], facts["mean"]) == (8, 4, [0.5] * 3)


def test_it_tells_nothing_of_the_machine_that_made_it(shelf):
    assert b"site-packages" not in shelf.content("torch_export")
