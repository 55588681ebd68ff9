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
    "a table, offline": {
        "summary": "Regression: a perceptron's predictions are what a linear map learns",
        "value": {
            "task": "tabular-regression",
            "dataset": "diabetes",
            "teacher": {"architecture": "mlp", "hidden": [32, 32], "source": {"kind": "train", "epochs": 50}},
            "student": "linear",
            "method": "logit_mse",
            "optimization": {"epochs": 50, "batch_size": 32},
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
EDITS: dict[str, Any] = {
    "a name and its turn": {
        "summary": "Call it so, and let it run before others",
        "value": {"name": "digits, stronger", "priority": 80},
    },
    "no tags": {"summary": "Take all tags away", "value": {"tags": None}},
}
CLONES: dict[str, Any] = {
    "the same again": {"summary": "Nothing is different, but for what chance does", "value": {}},
    "another seed, longer": {
        "summary": "Two values differ; the augmentation is the default again",
        "value": {"seed": 1, "optimization": {"epochs": 30, "augmentation": None}},
    },
}
# By the name of the operation: the framework would leave each null out, which says something here.
WITH_NULLS = {"edit_job": EDITS, "clone_job": CLONES}
KEYS: dict[str, Any] = {
    "for a colleague": {
        "summary": "Reads and submits its own jobs",
        "value": {"name": "notebook", "owner": "ada", "scopes": ["read", "submit"]},
    },
}

SERIES: dict[str, Any] = {
    "two jobs": {
        "summary": "How the validation of two jobs went, by epoch",
        "value": {
            "jobs": ["job_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z", "job_01KAJ9GSQ60Y1R2W3E4R5T6Y80"],
            "names": ["validation/accuracy"],
            "x": "epoch",
        },
    },
    "the end of a curve": {
        "summary": "The losses of one job from step 10,000 on, in at most 200 buckets",
        "value": {
            "jobs": ["job_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z"],
            "names": ["train/loss", "teacher/train/loss"],
            "from": 10_000,
            "max_points": 200,
        },
    },
}
MEASUREMENTS: dict[str, Any] = {
    "a set known by name": {"summary": "On the test images of CIFAR-10", "value": {"dataset": "cifar10"}},
}

# A file is its bytes; here stands what they are.
DATASETS: dict[str, Any] = {
    "a zip": {
        "summary": "Images in class folders, in their own size",
        "value": {"file": "the bytes of pets.zip", "name": "pets"},
    },
    "a table": {
        "summary": "Columns of numbers; jobs name the one that they predict",
        "value": {"file": "the bytes of houses.csv", "name": "houses"},
    },
    "a zip of another script": {
        "summary": "One that was made where names are written in code page 866",
        "value": {"file": "the bytes of pets.zip", "names_encoding": "cp866"},
    },
    "a folder": {
        "summary": "What lies on the service's side, where its operator has opened the folder",
        "value": {"folder": "/srv/images/pets", "image_size": 64, "resize": "squash"},
    },
}
MODELS: dict[str, Any] = {
    "weights alone": {
        "summary": "Their names, shapes and metadata tell the rest",
        "value": {"file": "the bytes of teacher.safetensors"},
    },
    "with what they lack": {
        "summary": "Names of the classes, in the order of the outputs",
        "value": {
            "file": "the bytes of teacher.safetensors",
            "architecture": "resnet18",
            "classes": '["cat", "dog"]',
        },
    },
}
IMAGES: dict[str, Any] = {
    "an image": {
        "summary": "The three likeliest classes",
        "value": {"file": "the bytes of cat.jpg", "top_k": 3},
    },
}
