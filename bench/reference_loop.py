"""Distillation as the common libraries write it (RepDistiller, mdistiller, torchdistill), to be held against.

PIL images, torchvision transforms one image at a time in a DataLoader with 2 workers, float32 in NCHW, the
teacher as it was trained with its batch normalisations, loss and accuracy read by `.item()` at every step.
"""

import time
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from bench import workload

WORKERS = 2


class PilImages(Dataset[tuple[Tensor, int]]):
    """As torchvision.datasets.CIFAR10: an array in memory, a PIL image for each item, then the transforms."""

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
        self.images = images
        self.labels = labels
        self.transform = transforms.Compose(
            [
                transforms.RandomCrop(workload.SIDE, padding=4),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(workload.MEAN, workload.STD),
            ]
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index])


class ReferenceLoop:
    """Trains the student for some steps at a time."""

    dtype = "float32"

    def __init__(self) -> None:
        torch.manual_seed(0)
        teacher, student = workload.networks()
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.teacher = teacher.to(self.device).eval()
        self.student = student.to(self.device).train()
        self.optimizer = torch.optim.SGD(
            self.student.parameters(), lr=workload.LEARNING_RATE, momentum=workload.MOMENTUM
        )
        self.loader = DataLoader(
            PilImages(*workload.images()),
            batch_size=workload.BATCH,
            shuffle=True,
            num_workers=WORKERS,
            pin_memory=self.device.type == "cuda",
        )

    def seconds(self, warm_up: int, steps: int) -> float:
        """Time so many steps, after some that are not timed; workers are started before and ended after."""
        batches = iter(self.loader)
        self._train(batches, warm_up)
        began = time.perf_counter()
        self._train(batches, steps)
        return time.perf_counter() - began

    def _train(self, batches: Iterator[tuple[Tensor, Tensor]], steps: int) -> None:
        loss_sum = correct_sum = 0.0
        for _ in range(steps):
            images, labels = next(batches)
            images, labels = images.to(self.device), labels.to(self.device)
            with torch.no_grad():
                teacher_logits = self.teacher(images)
            logits = self.student(images)
            temperature = workload.TEMPERATURE
            soft = temperature**2 * F.kl_div(
                F.log_softmax(logits / temperature, dim=1),
                F.softmax(teacher_logits / temperature, dim=1),
                reduction="batchmean",
            )
            loss = workload.LABEL_WEIGHT * F.cross_entropy(logits, labels) + workload.SOFT_WEIGHT * soft
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            loss_sum += loss.item() * len(labels)
            correct_sum += (logits.argmax(dim=1) == labels).sum().item()
