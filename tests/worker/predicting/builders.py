"""A student and its teacher of the digits, as a job leaves them, and images to ask them about."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PIL import Image
from torch import nn

from core.files import FileStore
from core.prediction import Question
from core.spec.evaluation import Evaluation
from core.spec.models import Student, Teacher
from tests.worker.engine.builders import CPU
from tests.worker.packing.archives import encoded
from worker.engine import registry
from worker.engine.data import digits
from worker.engine.data.dataset import Split
from worker.engine.data.material import ImageMaterial
from worker.engine.data.normalization import measure
from worker.engine.data.splits import split
from worker.engine.exports.checkpoints import safetensors
from worker.engine.exports.metadata import metadata


@dataclass(frozen=True)
class Taught:
    """Both networks with their initial weights, and the material that they belong to."""

    material: ImageMaterial
    networks: dict[str, nn.Module]
    content: dict[str, bytes]

    @property
    def test(self) -> Split:
        return self.material.splits.test

    def png(self, row: int) -> bytes:
        """An image of the test split."""
        return encoded(Image.fromarray(self.test.images[row].numpy()))

    def store(self, files: FileStore) -> dict[str, str]:
        """Put both files there; the digest of each."""
        return {role: files.put_stream(io.BytesIO(found)).digest for role, found in self.content.items()}


def taught(**facts: Any) -> Taught:
    """Untrained: what they answer is of no use, and just as exact.

    facts    of the metadata, in place of the true ones
    """
    dataset = digits.load(None)
    splits = split(dataset, Evaluation())
    material = ImageMaterial(dataset, splits, measure(splits.train), CPU)
    specs = {
        "student": Student(architecture="mobilenet_v2", width=0.25, stem="imagenet"),
        "teacher": Teacher(architecture="resnet18", stem="imagenet"),
    }
    networks = {
        role: material.place(registry.network(spec, material.inputs, material.classes, 0, role)).eval()
        for role, spec in specs.items()
    }
    content = {
        role: safetensors(networks[role].state_dict(), metadata(specs[role], material) | facts)
        for role in specs
    }
    return Taught(material, networks, content)


@contextmanager
def a_question(files: FileStore, digests: dict[str, str], image: bytes, top: int = 5) -> Iterator[Question]:
    """Its image lies in the store for as long."""
    with files.receiving() as receiver:
        receiver.write(image)
        yield Question("0" * 32, digests["student"], digests["teacher"], receiver.share(), top)
