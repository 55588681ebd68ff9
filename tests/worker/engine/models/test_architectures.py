"""The networks are torchvision's own, with stems for small images."""

import pytest
import torch
from torch import nn
from torchvision.models import mobilenet_v2, resnet18

from core.errors import InvalidJob
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.resnet import RESNET18

BOTH = pytest.mark.parametrize("architecture", [RESNET18, MOBILENET_V2])
STEMS = pytest.mark.parametrize("stem", ["small", "imagenet"])


def stage_sizes(architecture, stem, side=32):
    """Channels and side of each stage's map."""
    network, seen = architecture.build(10, 1.0, stem).eval(), []
    for stage in architecture.stages:
        network.get_submodule(stage).register_forward_hook(
            lambda _m, _i, out: seen.append(tuple(out.shape[1:3]))
        )
    network(torch.zeros(1, 3, side, side))
    return seen


@pytest.mark.parametrize(
    ("architecture", "channels"), [(RESNET18, (64, 128, 256, 512)), (MOBILENET_V2, (24, 32, 96, 320))]
)
def test_small_stems_keep_the_maps_of_small_images_large(architecture, channels):
    assert stage_sizes(architecture, "small") == list(zip(channels, (32, 16, 8, 4), strict=True))
    assert stage_sizes(architecture, "imagenet") == list(zip(channels, (8, 4, 2, 1), strict=True))


@STEMS
@pytest.mark.parametrize("width", [0.25, 1.0])
def test_the_students_weights_load_into_torchvisions_own_network(stem, width):
    ours = MOBILENET_V2.build(7, width, stem)

    theirs = mobilenet_v2(num_classes=7, width_mult=width)

    theirs.load_state_dict(ours.state_dict())


def test_with_the_imagenet_stem_it_answers_as_torchvisions_does():
    for ours, theirs in (
        (MOBILENET_V2.build(7, 0.5, "imagenet"), mobilenet_v2(num_classes=7, width_mult=0.5)),
        (RESNET18.build(7, 1.0, "imagenet"), resnet18(num_classes=7)),
    ):
        theirs.load_state_dict(ours.state_dict())
        images = torch.randn(2, 3, 32, 32)

        assert torch.equal(ours.eval()(images), theirs.eval()(images))


def test_the_small_resnet_differs_from_torchvisions_in_its_first_convolution_only():
    theirs = resnet18(num_classes=7).state_dict()

    ours = RESNET18.build(7, 1.0, "small").state_dict()

    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name].shape != theirs[name].shape] == ["conv1.weight"]


@BOTH
@STEMS
def test_it_can_be_trained_on_small_images(architecture, stem):
    network = architecture.build(10, 1.0, stem).train()

    network(torch.randn(2, 3, 32, 32)).sum().backward()

    assert all(parameter.grad is not None for parameter in network.parameters())


@BOTH
def test_the_classifier_is_where_it_is_said_to_be(architecture):
    network = architecture.build(10, 1.0, "imagenet")

    last = list(network.get_submodule(architecture.classifier).modules())[-1]

    assert isinstance(last, nn.Linear)
    assert last.out_features == 10


def test_a_resnet_of_another_width_is_refused():
    with pytest.raises(InvalidJob):
        RESNET18.build(10, 0.5, "imagenet")
