"""What a program needs to use the weights elsewhere, as it stands in the header of a safetensors file."""

import json
from dataclasses import asdict
from typing import Any

from core.spec.models import Student, Teacher
from core.spec.reuse import Reuse
from worker.engine.data.material import ImageMaterial, Material
from worker.engine.data.tables.material import TableMaterial
from worker.engine.models.families import ARCHITECTURES
from worker.engine.models.projector import elsewhere


def metadata(network: Teacher | Student, material: Material, reuse: Reuse | None = None) -> dict[str, str]:
    """Text by name; each text is JSON.

    reuse       of a student that answers with the classifier of its teacher
    test_rows   where the test images or rows stand in the source, if they were cut from it; else null
    """
    dataset = material.dataset
    if isinstance(material, TableMaterial):
        facts = _of_rows(network, material)
    else:
        facts = _of_images(network, material, reuse)
    facts |= {
        "dataset": dataset.name,
        "dataset_digest": dataset.digest,
        "test_rows": material.splits.test.rows.tolist() if dataset.test is None else None,
    }
    return {name: json.dumps(fact) for name, fact in facts.items()}


def _of_images(network: Teacher | Student, material: ImageMaterial, reuse: Reuse | None) -> dict[str, Any]:
    """Inputs are (v / 255 − mean) / std per channel, [batch, 3, size, size].

    projector     which one leads to the classifier of another network; null where there is none
    torchvision   how to build the network with torchvision alone; worker.engine.models.design says how
    """
    dataset = material.dataset
    assert network.stem != "auto", "specs are resolved before anything is written"
    classes = len(dataset.class_names)
    architecture = ARCHITECTURES[network.architecture]
    return {
        "architecture": network.architecture,
        "width": network.width,
        "stem": network.stem,
        "projector": None if reuse is None else asdict(reuse),
        "num_classes": classes,
        "class_names": dataset.class_names,
        "mean": material.normalization.mean,
        "std": material.normalization.std,
        "image_size": dataset.image_size,
        "resize": dataset.resize,
        "torchvision": elsewhere(architecture, classes, network.width, network.stem, reuse),
    }


def _of_rows(network: Teacher | Student, material: TableMaterial) -> dict[str, Any]:
    """Inputs are (v − input_mean) / input_std per column, [batch, columns]. What is predicted of a measure is
    the answer · target_std + target_mean; classes, whose names are null there, are told apart by logits.
    """
    table, scaling = material.dataset, material.normalization
    return {
        "architecture": network.architecture,
        "hidden": network.hidden,
        "activation": network.activation,
        "columns": table.columns,
        "target": table.target,
        "class_names": table.class_names or None,
        "input_mean": scaling.mean,
        "input_std": scaling.std,
        "target_mean": scaling.target_mean,
        "target_std": scaling.target_std,
    }
