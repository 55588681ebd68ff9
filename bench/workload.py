"""What both loops train on: the same two networks, random 32-pixel images, batch 128, ImageNet stems."""

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torchvision.models import mobilenet_v2, resnet18

IMAGES = 4_096
SIDE = 32
CLASSES = 10
BATCH = 128
TEMPERATURE = 4.0
LABEL_WEIGHT, SOFT_WEIGHT = 0.1, 0.9
LEARNING_RATE, MOMENTUM = 0.05, 0.9
MEAN, STD = (0.5, 0.5, 0.5), (0.29, 0.29, 0.29)


def images() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Random bytes [images, side, side, 3] and random labels, always the same."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (IMAGES, SIDE, SIDE, 3), dtype=np.uint8)
    return pixels, random.integers(0, CLASSES, IMAGES)


def networks() -> tuple[nn.Module, nn.Module]:
    """Teacher and student as torchvision builds them."""
    return resnet18(num_classes=CLASSES), mobilenet_v2(num_classes=CLASSES, dropout=0.0)
