"""Weights of known networks: what is said of them, what is guessed, and all that differs."""

import io
import json

import pytest
import torch

from core.spec.evaluation import Evaluation
from core.spec.models import Student, Teacher
from tests.worker.weights.conftest import Reader, refused
from tests.worker.weights.files import (
    CLASSES,
    FIRST,
    TOLD,
    a_file,
    changed,
    of_header,
    saved,
    taken_apart,
    weights,
)
from worker.engine.data import digits
from worker.engine.data.material import ImageMaterial
from worker.engine.data.normalization import measure
from worker.engine.data.splits import split
from worker.engine.exports.checkpoints import safetensors
from worker.engine.exports.metadata import metadata
from worker.engine.registry import ARCHITECTURES


def test_a_file_that_says_everything_is_taken_as_it_is(reader: Reader) -> None:
    done = reader(a_file())

    found = done.report
    assert done.status == 0, found
    assert (found["architecture"], found["width"], found["stem"]) == ("mobilenet_v2", 0.25, "small")
    assert (found["class_names"], found["classes"]) == (CLASSES, 3)
    assert (found["assumed"], found["converted"], found["dtypes"]) == ([], False, ["F32", "I64"])
    assert found["parameters"] == sum(v.numel() for v in weights().values() if v.is_floating_point())
    assert reader.left() == {"report.json"}


def test_a_student_behind_a_projector_is_refused_with_the_reason(reader: Reader) -> None:
    told = {**TOLD, "projector": json.dumps({"channels": 512, "factor": 2})}

    error = refused(reader(a_file(metadata=told)))

    assert error["detail"] == "it answers with the classifier of its teacher, behind a projector"


@pytest.mark.parametrize(
    "network", [Teacher(stem="small"), Student(width=0.5, stem="imagenet")], ids=["teacher", "student"]
)
def test_what_the_engine_writes_is_taken_with_no_further_word(
    network: Teacher | Student, reader: Reader
) -> None:
    dataset = digits.load(None)
    splits = split(dataset, Evaluation())
    material = ImageMaterial(dataset, splits, measure(splits.train), torch.device("cpu"))
    assert network.stem != "auto"
    built = ARCHITECTURES[network.architecture].build(material.classes, network.width, network.stem)

    done = reader(safetensors(built.state_dict(), metadata(network, material)), memory_bytes=1 << 30)

    found = done.report
    assert (done.status, found.get("assumed"), found.get("converted")) == (0, [], False)
    assert (found["architecture"], found["width"]) == (network.architecture, network.width)
    assert (found["class_names"], found["image_size"]) == ([str(digit) for digit in range(10)], 32)
    assert found["mean"] == list(material.normalization.mean)
    assert found["dataset_digest"] == dataset.digest


@pytest.mark.parametrize(
    ("architecture", "width", "stem", "assumed"),
    [
        ("resnet18", 1.0, "small", ["architecture", "stem"]),
        ("resnet18", 1.0, "imagenet", ["architecture", "stem"]),
        ("mobilenet_v2", 0.35, "imagenet", ["architecture", "stem", "width"]),
    ],
)
def test_what_nobody_says_is_told_by_names_and_shapes(
    architecture: str, width: float, stem: str, assumed: list[str], reader: Reader
) -> None:
    done = reader(a_file(weights(architecture, width, stem), {}), memory_bytes=1 << 30)

    found = done.report
    assert done.status == 0, found
    assert (found["architecture"], found["width"], found["stem"]) == (architecture, width, stem)
    assert (found["assumed"], found["classes"], found["class_names"]) == (assumed, 3, None)


def test_small_images_tell_the_stem_where_shapes_do_not(reader: Reader) -> None:
    assert reader(a_file(metadata={"image_size": "32"})).report["stem"] == "small"
    assert reader(a_file(metadata={"image_size": "224"})).report["stem"] == "imagenet"


def test_what_a_person_says_goes_before_what_the_file_says(reader: Reader) -> None:
    done = reader(a_file(), told={"stem": "imagenet", "class_names": ["a", "b", "c"], "width": None})

    assert (done.report["stem"], done.report["class_names"]) == ("imagenet", ["a", "b", "c"])


def test_plain_words_in_metadata_are_understood(reader: Reader) -> None:
    done = reader(a_file(metadata={"architecture": "mobilenet_v2", "format": "pt"}))

    assert (done.report["architecture"], done.report["assumed"]) == ("mobilenet_v2", ["stem", "width"])


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"architecture": "vgg16"}, "is said to be vgg16, which is not known"),
        ({"architecture": '"resnet18"', "width": "0.5"}, "resnet18 has one width"),
        ({"width": "NaN"}, "of `width` what can't be"),
        ({"width": "9"}, "of `width` what can't be"),
        ({"stem": "big"}, "of `stem` what can't be"),
        ({"class_names": '["a", "b"]'}, "has 3 outputs, and 2 classes are named"),
        ({"class_names": '["a", "b", 3]'}, "of `class_names` what can't be"),
        ({"class_names": '["a", "b", "\\u202e"]'}, "of `class_names` what can't be"),
        ({"mean": "[0, 1]"}, "of `mean` what can't be"),
        ({"std": "[0, 1, 1]"}, "of `std` what can't be"),
        ({"image_size": "[" * 5000}, "of `image_size` what can't be"),
    ],
)
def test_what_can_not_be_is_refused(metadata: dict[str, str], reason: str, reader: Reader) -> None:
    assert reason in refused(reader(a_file(metadata=metadata)))["detail"]


def test_all_that_differs_is_told_by_name(reader: Reader) -> None:
    last = {"classifier__1__weight": torch.zeros(3, 7), "classifier__1__bias": None}
    tensors = changed(features__0__0__weight=None, extra=torch.zeros(1), **last)

    error = refused(reader(saved(tensors)))

    keys = error["keys"]
    assert keys["missing"] == {"count": 2, "first": [FIRST, "classifier.1.bias"]}
    assert keys["unexpected"] == {"count": 1, "first": ["extra"]}
    assert keys["mismatched"]["first"] == [
        {"key": "classifier.1.weight", "expected": "F32 [3, 1280]", "found": "F32 [3, 7]"}
    ]
    assert "2 are missing" in error["detail"]


def test_fifty_are_told_and_all_are_counted(reader: Reader) -> None:
    tensors = {f"module.{name}": value for name, value in weights().items()}

    error = refused(reader(saved(tensors)))

    missing, unexpected = error["keys"]["missing"], error["keys"]["unexpected"]
    assert (len(missing["first"]), len(unexpected["first"])) == (50, 50)
    assert unexpected["count"] == len(weights())
    assert "distillery convert" in error["hint"]


def test_the_wrong_network_is_told_as_what_is_missing(reader: Reader) -> None:
    error = refused(reader(a_file(), told={"architecture": "resnet18", "width": 1.0}))

    assert error["keys"]["missing"]["count"] > 50


def test_a_tensor_of_no_numbers_is_no_harm(reader: Reader) -> None:
    header, data = taken_apart(a_file())
    header["nothing"] = {"dtype": "F32", "shape": [0, 5], "data_offsets": [len(data), len(data)]}

    assert refused(reader(of_header(header, data)))["keys"]["unexpected"]["first"] == ["nothing"]


@pytest.mark.parametrize(("outputs", "reason"), [(1, "has 1 outputs"), (10_001, "has 10,001 outputs")])
def test_a_classifier_has_classes(outputs: int, reason: str, reader: Reader) -> None:
    wide = {"classifier__1__weight": torch.zeros(outputs, 1), "classifier__1__bias": torch.zeros(outputs)}

    assert reason in refused(reader(saved(changed(**wide))))["detail"]


def test_what_only_we_could_read_is_refused(reader: Reader) -> None:
    header, data = taken_apart(a_file())
    header["__metadata__"]["note"] = "\ud800"  # half a character

    assert "the safetensors library refuses it" in refused(reader(of_header(header, data)))["detail"]


def test_a_pickle_is_never_loaded(reader: Reader) -> None:
    content = io.BytesIO()
    torch.save(weights(), content)

    refused(reader(content.getvalue()))


def test_a_network_of_rows_is_refused_with_another_way(reader: Reader) -> None:
    done = reader(a_file({"output.weight": torch.zeros(1, 3)}, {"architecture": '"mlp"'}))

    error = refused(done)
    assert "mlp reads rows of a table, not images" in error["detail"]
    assert "Name the job that trained it" in error["hint"]
