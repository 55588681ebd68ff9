"""What two networks see on one image, and how long they take."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from core.errors import ImageUnreadable, Internal
from core.files import FileStore
from core.prediction import Question
from worker.engine.shapes import Logits, Pixels
from worker.packing.images import Looks, decode
from worker.packing.source import DamagedFile
from worker.predicting.networks import Networks, Ready

Answer = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One network's answer.

    forward_seconds    of the forward pass alone
    seconds            with reading its file if it was not in memory, and with preparing the image
    """

    ready: Ready
    logits: Logits
    looks: Looks
    forward_seconds: float
    seconds: float


class Answering:
    """Answers questions with networks of a file store.

    begins    is told what is done now: `networks`, `image` or `answer`
    """

    def __init__(self, files: FileStore, begins: Callable[[str], None]) -> None:
        self._files = files
        self._networks = Networks(files)
        self._begins = begins

    def answer(self, question: Question) -> Answer:
        """Student beside teacher.

        ImageUnreadable                       the image is none, or damaged
        NotFound, DigestMismatch              a file is gone, or damaged
        """
        image = self._files.staged(question.image).read_bytes()
        student, teacher = (self._ask(digest, image) for digest in (question.student, question.teacher))
        return {
            "agree": bool(student.logits.argmax() == teacher.logits.argmax()),
            "student": _told(student, question.top),
            "teacher": _told(teacher, question.top),
            "image": {"width": student.looks.width, "height": student.looks.height,
                      "format": student.looks.format},
        }  # fmt: skip

    def _ask(self, digest: str, image: bytes) -> Asked:
        began = time.perf_counter()
        self._begins("networks")
        ready = self._networks.get(digest)
        self._begins("image")
        pixels, looks = _pixels(image, ready)
        self._begins("answer")
        logits, forward_seconds = forward(ready, pixels)
        return Asked(ready, logits, looks, forward_seconds, time.perf_counter() - began)


@torch.no_grad()
def forward(ready: Ready, pixels: Pixels) -> tuple[Logits, float]:
    """The logits of a batch as worker.engine.evaluation has them, and the seconds of the forward pass."""
    images = ready.normalize(pixels)
    began = time.perf_counter()
    logits = ready.network(images)
    return logits, time.perf_counter() - began


def _pixels(image: bytes, ready: Ready) -> tuple[Pixels, Looks]:
    """A batch of one, made like the images of a data set when it is packed."""
    try:
        content, looks = decode(image, ready.side, ready.resize)
    except DamagedFile as error:
        raise ImageUnreadable(f"the image can't be read: {error}") from error
    batch = torch.frombuffer(bytearray(content), dtype=torch.uint8)
    return batch.view(1, ready.side, ready.side, 3), looks


def _told(asked: Asked, top: int) -> Answer:
    probabilities = asked.logits[0].double().softmax(dim=0)
    best = probabilities.topk(min(top, len(asked.ready.class_names)))
    found = list(zip(best.indices.tolist(), best.values.tolist(), strict=True))
    if not all(math.isfinite(probability) for _, probability in found):
        raise Internal("the network answers with no finite number")
    return {
        "top": [
            {"class_name": asked.ready.class_names[index], "class_index": index, "probability": probability}
            for index, probability in found
        ],
        "forward_milliseconds": 1000 * asked.forward_seconds,
        "total_milliseconds": 1000 * asked.seconds,
    }
