"""What can be asked of the terms that listen to stages and pooled features."""

from typing import Any

import pytest
from pydantic import ValidationError

from core.spec.feature_terms import ALL_STAGES, STAGES, Attention, FeatureTerm, Hints, Similarity, Variational
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
def test_labels_count_in_full_beside_it(term: Any) -> None:
    resolved, origins = resolve(a_spec(method=term.model_fields["kind"].default))

    assert resolved.method.label_weight == 1.0
    assert origins["/method/label_weight"].startswith("preset of")
