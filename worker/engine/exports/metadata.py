"""What a program needs to use the weights elsewhere, as it stands in the header of a safetensors file."""

import json
from typing import Any

from core.spec.models import Student, Teacher
from worker.engine.data.material import Material


def metadata(network: Teacher | Student, material: Material) -> dict[str, str]:
    """Text by name; each text is JSON. Inputs are (v / 255 − mean) / std per channel, [batch, 3, size, size].

    test_rows   where the test images stand in the source, if they were cut from it; else null
    """
    dataset = material.dataset
    facts: dict[str, Any] = {
        "architecture": network.architecture,
        "width": network.width,
        "stem": network.stem,
        "num_classes": len(dataset.class_names),
        "class_names": dataset.class_names,
        "mean": material.normalization.mean,
        "std": material.normalization.std,
        "image_size": dataset.image_size,
        "resize": dataset.resize,
        "dataset": dataset.name,
        "dataset_digest": dataset.digest,
        "test_rows": material.splits.test.rows.tolist() if dataset.test is None else None,
    }
    return {name: json.dumps(fact) for name, fact in facts.items()}
