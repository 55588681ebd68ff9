"""A small student and its further formats, for tests that look at what was made and what was told."""

from typing import Any

from core.spec.evaluation import Evaluation
from tests.worker.engine.builders import CPU, HALF, Listener, a_dataset, a_job, a_network, a_trainer, train
from worker.engine.data.material import ImageMaterial
from worker.engine.data.splits import split
from worker.engine.evaluation import predict
from worker.engine.exporting import exported
from worker.engine.narrator import Narrator
from worker.engine.stopping import Epoch
from worker.engine.trained import Trained


def a_material(images: int = 64) -> ImageMaterial:
    dataset = a_dataset(images)
    return ImageMaterial(dataset, split(dataset, Evaluation(test_fraction=0.5)), HALF, CPU)


def a_student(epochs: int = 2) -> Trained:
    """The small network after a few epochs on the corners."""
    network = a_network()
    train(a_trainer(network), epochs)
    return Trained(
        network.eval(), Epoch(epochs, 0.1, 0.9, 1.0), epochs=epochs, steps=4 * epochs, seconds=1.0,
        images_per_second=None, stopped=None,
    )  # fmt: skip


class Shelf:
    """What was made of a student, and what was told meanwhile."""

    def __init__(self, exports: list[Any], listener: Listener | None = None) -> None:
        self.material = a_material()
        self.student = a_student()
        self.listener = listener or Listener()
        self.logits = predict(self.student.network, self.material.splits.test, HALF)
        narrator = Narrator(self.listener, {"distil": 1})
        spec = a_job(exports=exports)
        self.made = dict(exported(spec, self.material, self.student, self.logits, narrator))

    def content(self, kind: str) -> bytes:
        found = self.made[kind].content
        assert found is not None, self.made[kind].told
        return found

    def told(self, kind: str) -> dict[str, Any]:
        return dict(self.made[kind].told)
