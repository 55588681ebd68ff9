"""The table that the API reads without torch is what the networks really are."""

import json

import pytest

from core.spec import architectures
from tests.worker.engine.models.networks import EACH
from worker.engine import registry
from worker.engine.models import table

# Of these the maps are looked at in a second.
LIGHT = ("resnet18", "mobilenet_v2_stride16", "vgg11_bn")


@pytest.mark.slow
def test_the_file_is_what_the_generator_writes():
    assert table.FILE.read_text(encoding="utf-8") == table.text()


@EACH
def test_names_and_numbers_of_the_weights_are_those_in_the_file(name):
    found = json.loads(json.dumps(table.weight_facts(name, registry.ARCHITECTURES[name])))

    assert found.items() <= architectures.table()[name].items()


@pytest.mark.parametrize("name", LIGHT)
def test_sizes_of_the_maps_are_those_in_the_file(name):
    assert table.map_facts(registry.ARCHITECTURES[name]).items() <= architectures.table()[name].items()


def test_it_holds_every_architecture():
    assert set(architectures.table()) == {*registry.ARCHITECTURES, *registry.PERCEPTRONS}


def test_layers_come_in_the_order_of_the_network():
    assert architectures.layers("mobilenet_v2")[0] == "features.0.0"
    assert architectures.layers("mobilenet_v2")[-1] == "classifier.1"


def test_layers_with_weights_come_before_the_others():
    assert architectures.parameter_layers("resnet18")[0] == "conv1"
    assert architectures.parameter_layers("resnet18").index("fc") < architectures.parameter_layers(
        "resnet18"
    ).index("bn1")


def test_the_catalog_shows_stages_but_no_layer_names():
    shown = {entry["name"]: entry for entry in architectures.describe()}

    assert shown["resnet18"]["penultimate"] == 512
    assert [stage["channels"] for stage in shown["mobilenet_v2"]["stages"]] == [24, 32, 96, 320]
    assert shown["resnet50"]["small_stem"] == "conv1 3 × 3 at stride 1; maxpool left out"
    assert "layers" not in shown["resnet18"]
