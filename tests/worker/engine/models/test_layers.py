import pytest

from core.errors import InvalidJob
from tests.worker.engine.builders import a_network
from worker.engine.models.layers import parameter_layers, weight_layers


def test_weights_are_those_of_convolutions_and_linear_layers():
    assert list(weight_layers(a_network())) == ["conv", "fc"]


def test_parameters_are_those_of_normalisations_too():
    assert list(parameter_layers(a_network())) == ["conv", "norm", "fc"]


@pytest.mark.parametrize(
    ("target", "names"), [("fc", ["fc"]), ("*c*", ["conv", "fc"]), ("[c-d]onv", ["conv"]), ("c?nv", ["conv"])]
)
def test_a_target_is_a_glob(target, names):
    assert list(weight_layers(a_network(), target)) == names


def test_a_target_without_a_layer_names_some_that_exist():
    with pytest.raises(InvalidJob, match="'FC'") as raised:
        weight_layers(a_network(), "FC")

    assert "conv" in raised.value.advice
