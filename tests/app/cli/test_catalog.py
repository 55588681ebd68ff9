"""distillery catalog"""

import json

from core.spec.catalog import SECTIONS
from tests.app.cli.conftest import Command


def test_everything_that_can_be_asked_for_is_listed(command: Command) -> None:
    ended = command("catalog")

    assert ended.code == 0
    words = ended.out.split()
    for name in ("soft_targets", "weight_clipping", "resnet18", "mlp", "cifar10", "onnx_int8"):
        assert name in words
    assert json.loads(command("catalog", "-o", "json").out).keys() == SECTIONS.keys()


def test_an_entry_is_shown_with_its_parameters(command: Command) -> None:
    term = " ".join(command("catalog", "soft_targets").out.split())
    network = " ".join(command("catalog", "resnet18").out.split())

    assert "Hinton et al. 2015" in term
    assert "temperature" in term
    assert "default 4.0" in term
    assert "parameters 11689512" in network
    assert "maxpool left out" in network
    assert json.loads(command("catalog", "l2", "-o", "json").out)["kind"] == "l2"


def test_what_it_lacks_is_told_with_what_comes_near(command: Command) -> None:
    ended = command("catalog", "resnet81")

    assert ended.code == 6
    assert "the catalog has no 'resnet81'; did you mean resnet18?" in ended.err
