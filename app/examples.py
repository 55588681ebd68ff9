"""Requests to start from, shown beside the routes that take them."""

from typing import Any

JOBS: dict[str, Any] = {
    "everything by default": {
        "summary": "ResNet18 into MobileNetV2 on CIFAR-10",
        "value": {},
    },
    "offline, with two regularizers": {
        "summary": "Scans of digits that come with the service; one soft and one hard regularizer",
        "value": {
            "name": "digits",
            "dataset": "digits",
            "teacher": {"architecture": "resnet18", "source": {"kind": "train", "epochs": 10}},
            "student": "mobilenet_v2",
            "method": "soft_targets",
            "regularizers": [
                {"kind": "l2", "strength": 1e-4},
                {"kind": "weight_clipping", "max_abs": 1.0},
            ],
            "optimization": {"epochs": 15, "augmentation": "crop"},
        },
    },
    "two terms, stopped early": {
        "summary": "Soft and hard targets beside the label; the run ends when validation stands still",
        "value": {
            "tags": ["trial"],
            "method": {
                "label_weight": 0.2,
                "terms": [{"kind": "soft_targets", "weight": 0.7, "temperature": 2.0}, "hard_targets"],
            },
            "optimization": {"optimizer": "adamw", "learning_rate": 3e-4},
            "stopping": {"patience_epochs": 10, "target_accuracy": 0.95},
        },
    },
}
