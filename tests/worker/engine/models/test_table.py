"""The table that the API reads without torch is what the networks really are."""

from core.spec import architectures
from worker.engine import registry
from worker.engine.models import table


def test_the_file_is_what_the_generator_writes():
    assert table.FILE.read_text(encoding="utf-8") == table.text()


def test_it_holds_every_architecture():
    assert set(architectures.table()) == {*registry.ARCHITECTURES, *registry.PERCEPTRONS}


def test_layers_come_in_the_order_of_the_network():
    assert architectures.layers("mobilenet_v2")[0] == "features.0.0"
    assert architectures.layers("mobilenet_v2")[-1] == "classifier.1"
    assert architectures.parameter_layers("resnet18")[:2] == ("conv1", "bn1")


def test_the_catalog_shows_stages_but_no_layer_names():
    shown = {entry["name"]: entry for entry in architectures.describe()}

    assert shown["resnet18"]["penultimate"] == 512
    assert [stage["channels"] for stage in shown["mobilenet_v2"]["stages"]] == [24, 32, 96, 320]
    assert "layers" not in shown["resnet18"]
