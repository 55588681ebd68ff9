"""A student that answers with its teacher's classifier: handed over, used elsewhere, killed and resumed."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from core.files import FileStore
from core.spec.exports import Onnx
from core.spec.methods import Method
from core.spec.resolve import resolve
from examples.verify_student import read
from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import STEPS, metrics_of, tiny
from tests.worker.engine.resuming.interrupted import Keeper, Killed, end, resume
from worker.engine import distill
from worker.engine.loading import load
from worker.engine.student import build_student
from worker.predicting.networks import Networks

SPEC = tiny(
    teacher={"architecture": "regnet_x_400mf", "width": 1.0, "source": {"kind": "train", "epochs": 1}},
    student={"width": 0.25},
    method="reused_classifier",
    optimization={
        "optimizer": "adamw",
        "learning_rate": 0.005,
        "weight_decay": 0.1,
    },  # which decays no frozen one
    exports=["torch_export"],
)


@pytest.fixture(scope="module")
def straight(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("straight")
    distill(SPEC, out, data=data, reporter=Listener())
    return out


def images():
    return torch.randn(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_its_classifier_is_the_teachers_bit_by_bit(straight):
    student, teacher = (load_file(straight / f"{role}.safetensors") for role in ("student", "teacher"))

    for kind in ("weight", "bias"):
        assert torch.equal(student[f"classifier.1.{kind}"], teacher[f"fc.{kind}"])


def test_torchvision_alone_the_service_and_the_exported_program_answer_alike(straight, tmp_path):
    elsewhere, _ = read(str(straight / "student.safetensors"))
    files = FileStore(tmp_path)
    with (straight / "student.safetensors").open("rb") as file:
        served = Networks(files).get(files.put_stream(file).digest).network
    exported = torch.export.load(straight / "student.pt2").module()

    with torch.no_grad():
        assert torch.allclose(exported(images()), elsewhere(images()), atol=1e-5)
        assert torch.allclose(served(images()), elsewhere(images()), atol=1e-5)
        # So little trained, only the statistics of the batch at hand tell images apart.
        answers = elsewhere.train()(images())
        assert torch.allclose(served.train()(images()), answers, atol=1e-4)
    assert answers.std(dim=0).min() > 1e-3


def test_its_header_and_its_card_say_so(straight):
    with safe_open(straight / "student.safetensors", framework="pt") as file:
        told = json.loads(file.metadata()["projector"])

    assert told == {"channels": 400, "factor": 2}
    assert "features.18.3" in (straight / "model_card.md").read_text()


def test_it_learns_without_a_label(straight):
    first, second = told(straight, "train/term/reused_classifier")

    assert second < first
    assert not told(straight, "train/term/label")


def told(out, name):
    return [float(row[-1]) for row in metrics_of(out) if name in row]


def test_alone_it_keeps_a_classifier_of_its_own(data):
    spec, _ = resolve(SPEC)
    material = load(spec, data, torch.device("cpu"))
    alone = spec.model_copy(update={"method": Method(label_weight=1.0, terms=())})

    reusing, own = (build_student(one, material).state_dict() for one in (spec, alone))

    assert "features.18.8.weight" not in own
    assert own["classifier.1.weight"].shape != reusing["classifier.1.weight"].shape


@pytest.mark.slow
def test_resumed_it_ends_in_the_same_bits_and_goes_into_onnx(straight, data, tmp_path):
    spec = SPEC.model_copy(update={"exports": (Onnx(),)})
    keeper = Keeper(tmp_path, until=("distil", STEPS + 2))
    with pytest.raises(Killed):
        distill(spec, tmp_path / "killed", data=data, reporter=keeper, checkpoint_seconds=0.0)

    resume(tmp_path, data, tmp_path / "out", spec=spec)

    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert end(tmp_path / "out")[0] == end(straight)[0]
    assert report["exports"]["onnx"]["passed"], report["exports"]
