"""What counts for a teacher's weights, and what does not."""

from typing import Any

import pytest

from core.spec.recipe import recipe
from core.spec.resolve import resolve
from tests.builders import a_spec

VERSIONS = {"torch": "2.9.1+cpu", "torchvision": "0.24.1+cpu"}
TEACHER = {"architecture": "mobilenet_v2", "source": {"kind": "train", "epochs": 10}}


def recipe_of(content: str = "pixels", versions: dict[str, str] = VERSIONS, **asked: Any) -> str | None:
    resolved, _ = resolve(a_spec(**{"teacher": TEACHER, **asked}))
    return recipe(resolved, content, versions)


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "x", "tags": ["a"], "priority": 3, "seed": 5},
        {"student": "resnet18"},
        {"student": {"width": 0.5, "stem": "imagenet"}},
        {"method": "hard_targets"},
        {"regularizers": ["l2", "dropout"]},
        {"stopping": {"patience_epochs": 1}},
        {"evaluation": {"latency_batches": []}},
        {"resources": {"gpus": 1}},
        {"optimization": {"epochs": 10}},  # a fifth of which is warm-up, as of the teacher's own 10
        {"optimization": {"learning_rate": 0.05}},  # as the rule has it
        {"teacher": {**TEACHER, "stem": "small"}},
        {"teacher": {**TEACHER, "source": {"kind": "train", "epochs": 10, "reuse": False}}},
    ],
    ids=str,
)
def test_what_only_the_student_or_nobody_is_told_does_not_count(asked: dict[str, Any]) -> None:
    assert recipe_of(**asked) == recipe_of()


@pytest.mark.parametrize(
    "asked",
    [
        {"content": "other pixels"},
        {"versions": {**VERSIONS, "torch": "2.10.0"}},
        {"versions": {**VERSIONS, "torchvision": "0.25.0"}},
        {"dataset": {"name": "cifar10", "subset": {"per_class": 20}}},
        {"evaluation": {"validation_fraction": 0.2}},
        {"evaluation": {"test_fraction": 0.3}},
        {"teacher": "resnet18"},
        {"teacher": {**TEACHER, "width": 0.5}},
        {"teacher": {**TEACHER, "stem": "imagenet"}},
        {"teacher": {**TEACHER, "source": {"epochs": 11}}},
        {"teacher": {**TEACHER, "source": {"epochs": 10, "seed": 1}}},
        *(
            {"optimization": {name: value}}
            for name, value in {
                "batch_size": 64, "optimizer": "adamw", "learning_rate": 0.3, "schedule": "constant",
                "warmup_epochs": 1, "momentum": 0.5, "betas": [0.8, 0.99], "weight_decay": 0.1,
                "precision": "float32", "augmentation": "none", "view_seed": 1, "accumulation": 2,
            }.items()
        ),
    ],
    ids=str,
)  # fmt: skip
def test_whatever_the_weights_follow_from_counts(asked: dict[str, Any]) -> None:
    assert recipe_of(**asked) != recipe_of()


def test_the_kind_of_device_that_a_package_is_built_for_does_not_count() -> None:
    assert recipe_of(versions={"torch": "2.9.1", "torchvision": "0.24.1+cu128"}) == recipe_of()


@pytest.mark.parametrize("source", ["pretrained", "model_01M7ZQEM9ZS08WD84ZQSJRHJFV"])
def test_a_teacher_that_begins_elsewhere_has_none(source: str) -> None:
    assert recipe_of(teacher={"source": source}) is None
