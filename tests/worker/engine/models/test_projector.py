"""Students that answer with the classifier of another network, and how they are built elsewhere."""

import json

import pytest
import torch
from torch import nn
from torchvision.models import get_model

from core.errors import InvalidJob
from core.spec import student_layers
from core.spec.reuse import Reuse, lenders, takers
from tests.builders import a_spec
from worker.engine.models.families import ARCHITECTURES
from worker.engine.models.layers import parameter_layers, weight_layers
from worker.engine.models.projector import elsewhere, projector, with_projector
from worker.engine.models.wiring import ACTIVATIONS, fed_activations

CLASSES, REUSE = 7, Reuse(channels=24, factor=3)
OF_EACH_FAMILY = ("resnet18", "mobilenet_v2", "shufflenet_v2_x0_5", "regnet_y_400mf", "efficientnet_b0")
# In training mode: with statistics that have seen nothing, all images look alike in the depth of a network.
A_BATCH = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))

each_family = pytest.mark.parametrize("name", OF_EACH_FAMILY)


def projecting(name, stem="small"):
    architecture = ARCHITECTURES[name]
    return with_projector(architecture.build(CLASSES, 1.0, stem), architecture, REUSE).train()


@each_family
def test_its_layers_are_known_by_name_before_it_is_built(name):
    spec = a_spec(student=name, method={"terms": ["reused_classifier"]})
    network = projecting(name)

    assert {*student_layers.weight_layers(spec)} == {*weight_layers(network)}
    assert {*student_layers.every_layer(spec)} == {*parameter_layers(network)}
    assert student_layers.weight_layers(spec)[-1] == ARCHITECTURES[name].head
    fed = {one.name for one in fed_activations(network)}
    assert {*student_layers.followed_by(spec, ACTIVATIONS.values())} == fed


@each_family
def test_it_answers_with_one_linear_layer_of_the_average_of_what_is_projected(name):
    network, heard = projecting(name), []
    projector(network).register_forward_hook(lambda _module, _inputs, output: heard.append(output))

    with torch.no_grad():
        answers = network(A_BATCH)

    head = network.get_submodule(ARCHITECTURES[name].head)
    assert torch.allclose(answers, heard[0].mean((2, 3)) @ head.weight.T + head.bias, atol=1e-5)
    assert answers.std(dim=0).min() > 1e-3
    assert head.weight.shape == (CLASSES, REUSE.channels)


@each_family
def test_the_projector_reads_the_last_stage(name):
    network, heard = projecting(name), []
    network.get_submodule(ARCHITECTURES[name].stages[-1]).register_forward_hook(
        lambda _module, _inputs, output: heard.append(output)
    )
    projector(network).register_forward_pre_hook(lambda _module, inputs: heard.append(inputs[0]))

    network(A_BATCH)

    assert torch.equal(*heard)


@each_family
@pytest.mark.parametrize("stem", ["small", "imagenet"])
def test_torchvision_alone_builds_the_same(name, stem):
    ours = projecting(name, stem)
    told = json.loads(json.dumps(elsewhere(ARCHITECTURES[name], CLASSES, 1.0, stem, REUSE)))

    theirs = get_model(told["builder"], **told["arguments"])
    for place, (kind, arguments) in told["replaced"].items():
        theirs.set_submodule(place, getattr(nn, kind)(**arguments))
    theirs.load_state_dict(ours.state_dict())

    with torch.no_grad():
        assert torch.equal(theirs.train()(A_BATCH), ours(A_BATCH))


def test_without_a_projector_it_is_told_as_ever():
    architecture = ARCHITECTURES["resnet18"]

    assert elsewhere(architecture, 4, 1.0, "small", None) == architecture.elsewhere(4, 1.0, "small")


def test_where_it_finds_no_place_it_is_refused():
    architecture = ARCHITECTURES["vgg11_bn"]

    with pytest.raises(InvalidJob, match="finds no place"):
        with_projector(nn.Identity(), architecture, REUSE)


def test_who_lends_and_who_takes_follows_from_the_networks():
    assert {"resnet50", "regnet_x_400mf"} <= set(lenders()) < set(takers())
    assert not {"mobilenet_v2", "densenet121", "convnext_tiny", "vgg11_bn", "mlp"} & set(lenders())
    assert not {"mobilenet_v3_small", "densenet121", "convnext_tiny", "vgg11_bn", "mlp"} & set(takers())
