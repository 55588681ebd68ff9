"""A term that could say nothing is refused before anything is queued."""

from typing import Any

import pytest

from core.spec.datasets import DatasetFacts
from core.spec.regularizers import Mixup
from core.spec.term_checks import term_problems
from tests.builders import a_spec

MIXED: dict[str, Any] = {"regularizers": (Mixup(),)}
UPLOADED = "ds_01ARZ3NDEKTSV4RRFFQ69G5FAV"
READ_LABELS = ["decoupled", "normalized", "weighted_soft", "teacher_free"]


def facts(classes: int) -> DatasetFacts:
    return DatasetFacts("mine", classes, 32, 1000, 200)


@pytest.mark.parametrize("classes", [2, 3])
def test_two_classes_are_too_few_to_be_decoupled(classes: int) -> None:
    spec = a_spec(dataset=UPLOADED, method={"terms": ["soft_targets", "decoupled"]})

    found = term_problems(spec, facts(classes))

    assert [(one.pointer, one.code) for one in found] == (
        [("/method/terms/1/kind", "too_few_classes")] if classes == 2 else []
    )
    assert all("at least 3 classes, these data have 2" in one.detail for one in found)


def test_of_a_set_of_which_nothing_is_known_the_engine_counts_the_classes() -> None:
    assert term_problems(a_spec(dataset=UPLOADED, method="decoupled"), None) == ()


@pytest.mark.parametrize("kind", READ_LABELS)
def test_mixed_images_have_no_label_to_be_read(kind: str) -> None:
    spec = a_spec(method={"terms": ["logit_mse", kind]})

    (found,) = term_problems(spec.model_copy(update=MIXED), None)

    assert (found.pointer, found.code) == ("/method/terms/1/kind", "labels_are_mixed")
    assert term_problems(spec, None) == ()


@pytest.mark.parametrize("kind", ["soft_targets", "hard_targets", "logit_mse", "correlation"])
def test_who_asks_the_teacher_alone_may_mix(kind: str) -> None:
    assert term_problems(a_spec(method=kind).model_copy(update=MIXED), None) == ()


def test_mixtures_that_are_never_made_mix_no_label() -> None:
    idle = {"kind": "mixup", "alpha": 0}

    assert term_problems(a_spec(method="decoupled", regularizers=[idle]), None) == ()
