"""The networks are torchvision's own, with stems for small images."""

import json
from functools import cache

import pytest
import torch
from torch import nn
from torchvision.models import get_model, mobilenet_v2
from torchvision.ops import StochasticDepth

from core.errors import InvalidJob
from core.spec import architectures
from tests.worker.engine.models.networks import EACH, EACH_BUILT, STEMS
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.outline import weightless
from worker.engine.registry import ARCHITECTURES

CLASSES = 7


@cache
def outline(name, stem, width=1.0):
    with weightless():
        return ARCHITECTURES[name].build(CLASSES, width, stem).eval()


def shapes(network):
    return {name: value.shape for name, value in network.state_dict().items()}


def passed(name, network, side):
    """Shapes of each stage's maps, of the head's input and of the answer, for two images."""
    modules = [network.get_submodule(stage) for stage in ARCHITECTURES[name].stages]
    head, stages, features = network.get_submodule(ARCHITECTURES[name].head), [], []
    hooks = [
        *(m.register_forward_hook(lambda _m, _i, maps: stages.append(tuple(maps.shape))) for m in modules),
        head.register_forward_pre_hook(lambda _m, inputs: features.append(tuple(inputs[0].shape))),
    ]
    answer = network(torch.empty(2, 3, side, side, device="meta"))
    for hook in hooks:
        hook.remove()
    return stages, features, tuple(answer.shape)


@EACH
@STEMS
@pytest.mark.parametrize("side", [32, 64])
def test_images_become_falling_maps_then_features_then_a_logit_per_class(name, stem, side):
    stages, features, answer = passed(name, outline(name, stem), side)

    facts = architectures.table()[name]
    assert answer == (2, CLASSES)
    assert features == [(2, facts["penultimate"])]
    assert [shape[1] for shape in stages] == [stage["channels"] for stage in facts["stages"]]
    assert [shape[2] for shape in stages] == [side // stride for stride in facts["stems"][stem]["strides"]]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_small_stems_make_maps_of_32_16_8_and_4_from_32_pixels(name):
    strides = architectures.table()[name]["stems"]["small"]["strides"]

    assert strides == ([2, 4, 8, 16] if name == "mobilenet_v2_stride16" else [1, 2, 4, 8])


@EACH
def test_the_names_and_shapes_of_its_weights_are_torchvisions(name):
    arguments = ARCHITECTURES[name].elsewhere(CLASSES, 1.0, "imagenet")
    with weightless():
        theirs = get_model(arguments["builder"], num_classes=CLASSES)

    assert shapes(outline(name, "imagenet")) == shapes(theirs)
    assert outline(name, "small").state_dict().keys() == theirs.state_dict().keys()


@EACH
def test_nothing_in_it_is_dropped_by_torchvision(name):
    dropping = [m for m in outline(name, "small").modules() if isinstance(m, nn.Dropout | StochasticDepth)]

    assert all(module.p == 0 for module in dropping)


@EACH
def test_the_head_ends_the_classifier(name):
    network, architecture = outline(name, "imagenet"), ARCHITECTURES[name]

    last = list(network.get_submodule(architecture.classifier).modules())[-1]

    assert network.get_submodule(architecture.head) is last
    assert last.out_features == CLASSES


@EACH_BUILT
@STEMS
@torch.no_grad()
def test_torchvision_alone_builds_it_again(name, stem):
    ours = ARCHITECTURES[name].build(CLASSES, 1.0, stem).eval()
    told = json.loads(json.dumps(ARCHITECTURES[name].elsewhere(CLASSES, 1.0, stem)))

    theirs = get_model(told["builder"], **told["arguments"]).eval()
    for module, (kind, arguments) in told["replaced"].items():
        theirs.set_submodule(module, getattr(nn, kind)(**arguments))
    theirs.load_state_dict(ours.state_dict())

    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(ours(images), theirs(images))


@EACH_BUILT
def test_one_step_of_training_leaves_finite_weights(name):
    network = ARCHITECTURES[name].build(CLASSES, 1.0, "small").train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)

    logits = network(torch.randn(4, 3, 16, 16))
    nn.functional.cross_entropy(logits, torch.arange(4)).backward()

    assert all(parameter.grad.isfinite().all() for parameter in network.parameters())
    optimizer.step()
    assert all(parameter.isfinite().all() for parameter in network.parameters())


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if ARCHITECTURES[name].has_width])
@pytest.mark.parametrize("width", ["smallest", 0.35, 4.0])
def test_at_any_width_it_has_the_layers_in_the_table(name, width):
    width = ARCHITECTURES[name].smallest_width if width == "smallest" else width

    layers = {key.rpartition(".")[0] for key in shapes(outline(name, "small", width))}

    assert layers == set(architectures.parameter_layers(name))


@STEMS
@pytest.mark.parametrize("width", [0.25, 1.0])
def test_the_students_weights_load_into_torchvisions_own_network(stem, width):
    ours = MOBILENET_V2.build(7, width, stem)

    theirs = mobilenet_v2(num_classes=7, width_mult=width)

    theirs.load_state_dict(ours.state_dict())


def test_the_small_resnet_differs_from_torchvisions_in_its_first_convolution_only():
    small, usual = shapes(outline("resnet18", "small")), shapes(outline("resnet18", "imagenet"))

    assert [name for name in usual if small[name] != usual[name]] == ["conv1.weight"]


def test_half_the_width_of_stride_16_has_the_channels_of_the_papers():
    network = outline("mobilenet_v2_stride16", "small", 0.5)

    found = [network.get_submodule(f"features.{place}").out_channels for place in (1, 2, 4, 7, 11, 14, 17)]

    assert network.get_submodule("features.0.0").out_channels == 16
    assert found == [8, 12, 16, 32, 48, 80, 160]


@pytest.mark.parametrize(("name", "width"), [("resnet18", 0.5), ("mobilenet_v3_large", 0.1)])
def test_a_width_that_it_has_not_is_refused(name, width):
    with pytest.raises(InvalidJob):
        ARCHITECTURES[name].build(10, width, "imagenet")
