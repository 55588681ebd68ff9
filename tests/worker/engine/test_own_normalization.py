"""A given teacher sees images as those were normalised that it was trained on; all others as the run's."""

from dataclasses import asdict

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import WeightsUnreadable
from tests.worker.engine.builders import CPU, HALF, Listener, a_network, a_split
from tests.worker.engine.resuming.attempts import tiny, tiny_data
from worker.engine import distill
from worker.engine.data import packed
from worker.engine.data.batches import evaluation_batches
from worker.engine.data.normalization import Normalization
from worker.engine.exports.header import said
from worker.engine.given import Files
from worker.engine.renormalized import renormalized
from worker.weights.measuring import measured

ID = "model_01M7ZQEM9ZS08WD84ZQSJRHJFV"
FIRST, GIVEN, AGAIN = tiny(), tiny(teacher={"source": ID}), tiny(student={"source": ID})
OTHER = Normalization((0.1, 0.6, 0.3), (0.2, 1 / 255, 0.5))
EVERY_STEP = 0.0


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The folder of a run that has trained its own teacher."""
    folder = tmp_path_factory.mktemp("first")
    distill(FIRST, folder, data=tiny_data(folder), reporter=Listener())
    return folder


@pytest.fixture(scope="module")
def other_data(tmp_path_factory):
    """The same classes on darker images."""
    folder = tiny_data(tmp_path_factory.mktemp("other"))
    file = folder / "cifar10.safetensors"
    tensors = {
        name: tensor // torch.tensor([2, 3, 4], dtype=torch.uint8) if tensor.ndim == 4 else tensor
        for name, tensor in load_file(file).items()
    }
    save_file(tensors, file, {"classes": '["a", "b", "c", "d"]'})
    return folder


def run(spec, data, out, **options):
    listener = Listener()
    return distill(spec, out, data=data, reporter=listener, **options), listener


@pytest.fixture(scope="module")
def second(first, other_data, tmp_path_factory):
    """A run on the other images with the teacher of the first, its report, and what it told."""
    out = tmp_path_factory.mktemp("second")
    files = Files(teacher=first / "teacher.safetensors")
    return out, *run(GIVEN, other_data, out, weights=files, checkpoint_seconds=EVERY_STEP)


def of(folder, name):
    """Mean and standard deviation, as a file says them."""
    metadata = said((folder / name).read_bytes())
    return metadata["mean"], metadata["std"]


def test_it_is_as_good_in_a_job_as_when_it_is_measured(first, second, other_data):
    _, report, _ = second
    set_of_others = packed.by_name("cifar10")(other_data)

    found = measured(first / "teacher.safetensors", {}, set_of_others)

    assert found["normalized_by"] == "model"
    assert report["teacher"]["test"]["nll"] == pytest.approx(found["nll"], rel=1e-5)
    assert report["teacher"]["test"]["accuracy"] == found["accuracy"]


def test_it_keeps_its_own_normalization_in_its_file_and_in_the_report(first, second):
    out, report, listener = second

    assert of(out, "teacher.safetensors") == of(first, "teacher.safetensors")
    assert of(out, "student.safetensors") != of(first, "student.safetensors")
    for role in ("teacher", "student"):
        assert tuple(map(list, report[role]["normalization"].values())) == of(out, f"{role}.safetensors")
    assert report["student"]["normalization"]["mean"] == report["dataset"]["mean"]
    assert any("normalised by its own" in text for _, text in listener.all("log"))


def test_a_resumed_run_teaches_by_it_as_before(second, other_data, first, tmp_path):
    out, report, listener = second
    before = [one.path for one in listener.all("checkpoint") if one.kind == "training"][1]
    kept = next(one.path for one in listener.all("checkpoint") if one.kind == "teacher")

    files = Files(teacher=first / "teacher.safetensors")
    again, _ = run(GIVEN, other_data, tmp_path, weights=files, resume=before, teacher=kept)

    for name in ("teacher.safetensors", "student.safetensors"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()
    assert again["teacher"]["test"] == report["teacher"]["test"]


def test_a_student_that_starts_from_weights_sees_the_images_of_the_run(first, other_data, tmp_path):
    files = Files(student=first / "student.safetensors")

    report, listener = run(AGAIN, other_data, tmp_path, weights=files)

    assert report["student"]["normalization"] == report["teacher"]["normalization"]
    assert any("student goes on from images that were" in text for _, text in listener.all("log"))


@pytest.mark.parametrize("std", ["[0.2, 0.2]", "[0.2, 0.0, 0.2]", "7", '"x"', "[1, 1, NaN]"])
def test_a_file_that_says_no_normalization_by_it_is_refused(std, first, other_data, tmp_path):
    weights = load_file(first / "teacher.safetensors")
    save_file(weights, tmp_path / "odd", {"mean": "[0.5, 0.5, 0.5]", "std": std})

    with pytest.raises(WeightsUnreadable):
        run(GIVEN, other_data, tmp_path / "out", weights=Files(teacher=tmp_path / "odd"))


def test_images_of_a_run_become_those_that_a_network_needs():
    network = a_network().eval()
    (images,), (needed,) = (evaluation_batches(a_split(), by, CPU) for by in (HALF, OTHER))

    behind = renormalized(network, HALF, OTHER)

    assert torch.allclose(behind(images), network(needed), rtol=1e-4, atol=1e-4)
    assert torch.addcmul(behind.shift, images, behind.scale).is_contiguous(memory_format=torch.channels_last)


def test_nothing_is_put_before_a_network_that_needs_them_as_they_are():
    network = a_network()

    assert renormalized(network, HALF, Normalization(**asdict(HALF))) is network
