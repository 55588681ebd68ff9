import io

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load

from tests.worker.engine.builders import a_network
from worker.engine.exports.checkpoints import safetensors, state_dict

METADATA = {name: f'"{name}"' for name in ("width", "architecture", "mean", "stem", "ünïcode")}


def test_the_weights_come_back_bit_for_bit():
    network = a_network().state_dict()

    for weights in (
        load(safetensors(network, METADATA)),
        torch.load(io.BytesIO(state_dict(network)), weights_only=True),
    ):
        assert weights.keys() == network.keys()
        assert all(torch.equal(weights[name], value) for name, value in network.items())


def test_running_statistics_are_there():
    assert "norm.running_var" in load(safetensors(a_network().state_dict(), METADATA))


def test_the_metadata_come_back(tmp_path):
    file = tmp_path / "x.safetensors"
    file.write_bytes(safetensors(a_network().state_dict(), METADATA))

    with safe_open(file, framework="pt") as opened:
        assert opened.metadata() == METADATA


@pytest.mark.parametrize("write", [lambda weights: safetensors(weights, METADATA), state_dict])
def test_the_same_weights_give_the_same_bytes(write):
    assert len({write(a_network().state_dict()) for _ in range(5)}) == 1


def test_tensors_start_where_a_reader_may_map_them():
    content = safetensors(a_network().state_dict(), METADATA)

    assert int.from_bytes(content[:8], "little") % 8 == 0


def test_tensors_are_in_the_usual_memory_order():
    """Channels-last in memory is our affair; a reader of the pt file sees plain tensors."""
    weights = torch.load(io.BytesIO(state_dict(a_network().state_dict())), weights_only=True)

    assert type(weights) is dict
    assert all(weight.is_contiguous() and weight.device.type == "cpu" for weight in weights.values())
