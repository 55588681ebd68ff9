"""What can be asked of the terms that listen to stages and pooled features."""

from typing import Any

import pytest
from pydantic import ValidationError

from core.spec.checks import problems
from core.spec.feature_terms import (
    ALL_STAGES,
    STAGES,
    Attention,
    FeatureTerm,
    Hints,
    ReusedClassifier,
    Similarity,
    Variational,
)
from core.spec.resolve import resolve
from tests.builders import a_spec


def test_stages_count_once_and_in_their_order() -> None:
    assert Attention(stages=(3, 1, 3)).stages == (1, 3)


def test_left_open_each_listens_where_its_paper_does() -> None:
    assert Hints().stage == 2
    assert Similarity().stage == STAGES
    assert Variational().stages == ALL_STAGES


@pytest.mark.parametrize(
    "term",
    [
        {"kind": "hints", "stage": 0},
        {"kind": "hints", "stage": 5},
        {"kind": "attention", "stages": []},
        {"kind": "attention", "stages": [1, 5]},
        {"kind": "variational", "stages": None},
        {"kind": "variational", "initial_variance": 0.0},
        {"kind": "relations", "angle_images": 2},
        {"kind": "correlation_congruence", "gamma": 0.0},
    ],
)
def test_what_there_is_not_is_refused(term: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_spec(method={"terms": [term]})


@pytest.mark.parametrize("term", FeatureTerm.__args__, ids=lambda term: term.__name__)
def test_labels_count_in_full_beside_it_unless_the_classifier_is_the_teachers(term: Any) -> None:
    resolved, origins = resolve(a_spec(method=term.model_fields["kind"].default))

    assert resolved.method.label_weight == (0.0 if term is ReusedClassifier else 1.0)
    assert origins["/method/label_weight"].startswith("preset of")


def attention(stages: Any, stem: str, **asked: Any) -> list[tuple[str, str]]:
    networks = {"teacher": {"stem": "small"}, "student": {"stem": stem}, **asked}
    terms = ["hints", {"kind": "attention", "stages": stages}]
    return [(found.pointer, found.code) for found in problems(a_spec(method={"terms": terms}, **networks))]


def test_attention_to_a_single_position_is_refused() -> None:
    """Of images of 32 px, the stem `imagenet` leaves 1 × 1 at the last stage; one such network is enough."""
    refused = [("/method/terms/1/stages", "single_position")]

    assert attention([2, 4], "imagenet") == refused
    assert attention([4], "small", teacher={"stem": "imagenet"}) == refused


@pytest.mark.parametrize(
    ("stages", "stem"), [([1, 2, 3], "imagenet"), ([1, 2, 3, 4], "small"), (None, "imagenet")]
)
def test_attention_to_maps_is_let_through(stages: Any, stem: str) -> None:
    assert attention(stages, stem) == []


def test_of_given_weights_it_is_refused_once_the_network_is_known() -> None:
    source = {"kind": "model", "id": "model_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    known = {"architecture": "resnet18", "stem": "imagenet", "source": source}

    assert attention([4], "small", teacher={"source": source}) == []
    assert attention([4], "small", teacher=known) == [("/method/terms/1/stages", "single_position")]
    assert attention([4], "small", teacher={**known, "stem": "small"}) == []
