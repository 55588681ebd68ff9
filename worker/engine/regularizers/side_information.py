"""Vectors of what is known of each class: how its images look, or what the teacher makes of them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float64
from torch import Tensor

from core.errors import InvalidJob
from core.spec import regularizers as spec
from worker.engine.data.batches import evaluation_batches
from worker.engine.data.material import ImageMaterial, Material
from worker.engine.regularizers.regularizer import Setting
from worker.engine.shapes import Labels, Pixels
from worker.engine.taps import Needs

CHUNK = 1024  # images
BINS = 8
WINDOWS = (2, 4, 8)  # sides, in pixels

PerImage = Float64[Tensor, "images numbers"]
PerClass = Float64[Tensor, "classes numbers"]


def colours(pixels: Pixels) -> PerImage:
    """Of each channel, the shares of the pixels in 8 ranges of equal width: 24 numbers that sum to 3."""
    ranges = pixels.long().flatten(1, 2) // (256 // BINS)
    return torch.cat([_shares(ranges[..., channel]) for channel in range(3)], dim=1)


def directions(pixels: Pixels) -> PerImage:
    """Of the edges, the shares of their strength in 8 directions between 0 and π: a histogram of gradients.

    Dalal, Triggs 2005, over the whole image. https://doi.org/10.1109/CVPR.2005.177
    """
    bright = _brightness(pixels)
    across: Tensor = bright[:, 1:-1, 2:] - bright[:, 1:-1, :-2]
    down = bright[:, 2:, 1:-1] - bright[:, :-2, 1:-1]
    strength = torch.hypot(across, down).flatten(1)
    angle = torch.atan2(down, across).flatten(1) % torch.pi
    bins = (angle / torch.pi * BINS).long().clamp(max=BINS - 1)
    sums: Tensor = torch.stack([(strength * (bins == number)).sum(dim=1) for number in range(BINS)], dim=1)
    total: Tensor = strength.sum(dim=1, keepdim=True).clamp_min(1e-12)
    return sums / total


def roughness(pixels: Pixels) -> PerImage:
    """The variance of brightness within windows of 2, 4 and 8 pixels, on average over each image."""
    bright = _brightness(pixels)[:, None]
    found = []
    for side in WINDOWS:
        mean, mean_square = F.avg_pool2d(bright, side), F.avg_pool2d(bright.square(), side)
        found.append((mean_square - mean.square()).mean(dim=(1, 2, 3)))
    return torch.stack(found, dim=1)


STATISTICS: Mapping[spec.Statistic, Callable[[Pixels], PerImage]] = {
    "colour": colours,
    "shape": directions,
    "texture": roughness,
}


def side_information(source: spec.GuidanceSpec, setting: Setting) -> PerClass:
    """A vector for each class, the mean of all taken away, and scaled to a mean squared length of 1."""
    match source:
        case spec.ImageStatistics():
            parts = [centred(part) for part in _statistics(source.parts, setting.material)]
            return torch.cat(parts, dim=1) / math.sqrt(len(parts))
        case spec.TeacherPrototypes():
            return centred(_prototypes(setting))
        case spec.Vectors():
            classes, given = setting.material.classes, len(source.values)
            if given != classes:
                raise InvalidJob(f"{given} vectors are given to guide {classes} classes")
            return centred(torch.tensor(source.values, dtype=torch.float64, device=setting.device))


def centred(vectors: PerClass) -> PerClass:
    """Without their mean, which tells no class from another; of a mean squared length of 1."""
    apart: Tensor = vectors - vectors.mean(dim=0)
    return apart / apart.square().sum(dim=1).mean().sqrt().clamp_min(1e-12)


def _statistics(parts: Sequence[spec.Statistic], material: Material) -> list[PerClass]:
    assert isinstance(material, ImageMaterial), "specs that ask for images have some"
    train = material.splits.train

    def measured(part: spec.Statistic) -> Iterator[PerImage]:
        return (STATISTICS[part](chunk.to(material.device)) for chunk in train.chunks(CHUNK))

    return [_class_means(measured(part), train.labels, material.classes) for part in parts]


@torch.no_grad()
def _prototypes(setting: Setting) -> PerClass:
    """What the teacher's last layer reads, on average over the training images of each class."""
    material, ear = setting.material, setting.teacher(Needs(pooled=True))
    train = material.splits.train

    def heard() -> Iterator[PerImage]:
        for inputs in evaluation_batches(train, material.normalization, material.device):
            _, features = ear(inputs)
            assert features.pooled is not None, "it was asked for"
            yield features.pooled.double()

    return _class_means(heard(), train.labels, material.classes)


def _class_means(chunks: Iterator[PerImage], labels: Labels, classes: int) -> PerClass:
    """As products with 0 and 1, whose order of summation is the same every time."""
    total: Tensor | None = None
    begin = 0
    for chunk in chunks:
        members = F.one_hot(labels[begin : begin + len(chunk)].to(chunk.device), classes).double()
        sums = members.T @ chunk
        total = sums if total is None else total + sums
        begin += len(chunk)
    assert total is not None, "a training split has images"
    return total / torch.bincount(labels, minlength=classes).to(total)[:, None]


def _shares(ranges: Tensor) -> PerImage:
    return torch.stack([(ranges == number).double().mean(dim=1) for number in range(BINS)], dim=1)


def _brightness(pixels: Pixels) -> Float64[Tensor, "images side side"]:
    bright: Tensor = pixels.double().mean(dim=-1) / 255
    return bright
