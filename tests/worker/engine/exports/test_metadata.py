import json

from core.spec.evaluation import Evaluation
from core.spec.models import Student
from tests.worker.engine.builders import CPU, HALF, a_dataset
from worker.engine.data.material import ImageMaterial
from worker.engine.data.splits import split
from worker.engine.exports.metadata import metadata
from worker.engine.models.mobilenet import MOBILENET_V2


def facts(dataset):
    material = ImageMaterial(dataset, split(dataset, Evaluation()), HALF, CPU)
    header = metadata(Student(width=0.5, stem="small"), material)
    return {name: json.loads(text) for name, text in header.items()}, material


def test_it_says_all_that_a_foreign_program_needs():
    said, material = facts(a_dataset())

    assert said == {
        "architecture": "mobilenet_v2",
        "width": 0.5,
        "stem": "small",
        "projector": None,
        "num_classes": 4,
        "class_names": ["class 0", "class 1", "class 2", "class 3"],
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "image_size": 8,
        "resize": "none",
        "torchvision": json.loads(json.dumps(MOBILENET_V2.elsewhere(4, 0.5, "small"))),
        "dataset": "corners",
        "dataset_digest": material.dataset.digest,
        "test_rows": material.splits.test.rows.tolist(),
    }


def test_rows_are_named_only_where_the_test_images_were_cut_from_the_source():
    said, _ = facts(a_dataset(test_images=8))

    assert said["test_rows"] is None
