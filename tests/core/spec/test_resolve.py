"""Rules fill in what a spec leaves open."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spec import JobSpec
from core.spec.logit_terms import Decoupled, SoftTargets
from core.spec.resolve import resolve, warmup_epochs
from tests.builders import a_spec
from tests.specs import sound_specs


def test_rules_give_what_was_left_open() -> None:
    resolved, origins = resolve(a_spec())

    assert resolved.optimization.learning_rate == pytest.approx(0.05)  # 0.1 · 128 / 256
    assert resolved.optimization.warmup_epochs == 5
    assert resolved.method.label_weight == 0.1
    assert (resolved.teacher.stem, resolved.student.stem) == ("small", "small")
    assert origins["/optimization/learning_rate"] == "rule: 0.1 · batch_size / 256"
    assert origins["/method/label_weight"] == "preset of soft_targets"
    assert origins["/student/stem"] == "rule: images of 32 px"


def test_what_was_given_wins() -> None:
    given_ = {"learning_rate": 0.3, "warmup_epochs": 0}
    resolved, origins = resolve(a_spec(optimization=given_, student={"stem": "imagenet"}))

    assert resolved.optimization.learning_rate == 0.3
    assert resolved.optimization.warmup_epochs == 0
    assert resolved.student.stem == "imagenet"
    assert origins["/optimization/learning_rate"] == "given"
    assert origins["/student/stem"] == "given"
    assert origins["/student/width"] == "default"


def test_adamw_has_its_own_learning_rate() -> None:
    resolved, origins = resolve(a_spec(optimization={"optimizer": "adamw"}))

    assert resolved.optimization.learning_rate == 1e-3
    assert origins["/optimization/learning_rate"] == "rule: 1e-3 for adamw"


@pytest.mark.parametrize(("terms", "weight"), [([], 1.0), (["hard_targets", "soft_targets"], 0.5)])
def test_the_first_term_sets_the_label_weight(terms: list[str], weight: float) -> None:
    resolved, _ = resolve(a_spec(method={"terms": terms}))

    assert resolved.method.label_weight == weight


@pytest.mark.parametrize(
    ("terms", "weight"),
    [(["decoupled"], 1.0), ([{"kind": "soft_targets", "standardized": True}], 0.1), (["teacher_free"], 1.0)],
)
def test_most_terms_leave_the_label_its_whole_weight(terms: list[Any], weight: float) -> None:
    resolved, _ = resolve(a_spec(method={"terms": terms}))

    assert resolved.method.label_weight == weight


def test_standardized_logits_have_a_preset_of_their_own() -> None:
    terms = ["soft_targets", {"kind": "decoupled", "standardized": True, "temperature": 4.0}]
    resolved, origins = resolve(a_spec(method={"terms": terms}))

    plain, standardized = resolved.method.terms
    assert isinstance(plain, SoftTargets)
    assert isinstance(standardized, Decoupled)
    assert (plain.weight, plain.temperature) == (0.9, 4.0)
    assert (standardized.weight, standardized.temperature) == (9.0, 4.0)  # the one by rule, the other given
    assert origins["/method/terms/1/weight"] == "preset of standardized logits"
    assert origins["/method/terms/1/temperature"] == "given"


def test_a_term_without_a_temperature_is_given_none() -> None:
    learned = {"kind": "learned_temperature", "standardized": True}
    resolved, _ = resolve(a_spec(method={"terms": [learned]}))

    assert resolved.method.terms[0].weight == 9.0


@pytest.mark.parametrize(("epochs", "warmup"), [(1, 0), (4, 0), (5, 1), (24, 4), (25, 5), (60, 5)])
def test_warm_up_is_at_most_a_fifth_of_the_run(epochs: int, warmup: int) -> None:
    optimization = a_spec().optimization

    assert warmup_epochs(optimization, epochs) == warmup


def test_origins_of_list_items_are_told_apart() -> None:
    _, origins = resolve(a_spec(regularizers=[{"kind": "l2", "strength": 1e-3}, "l1"]))

    assert origins["/regularizers/0/strength"] == "given"
    assert origins["/regularizers/0/target"] == "default"
    assert origins["/regularizers/1/strength"] == "default"


@given(sound_specs())
def test_resolving_twice_changes_nothing(spec: JobSpec) -> None:
    once, _ = resolve(spec)
    twice, origins = resolve(once)

    assert twice == once
    assert set(origins.values()) == {"given"}


@given(sound_specs())
def test_every_leaf_of_the_resolved_spec_has_an_origin(spec: JobSpec) -> None:
    resolved, origins = resolve(spec)

    assert set(origins) == leaves(json.loads(resolved.model_dump_json()))


@given(sound_specs(), st.data())
def test_resolving_keeps_what_is_not_open(spec: JobSpec, data: st.DataObject) -> None:
    resolved, origins = resolve(spec)
    pointer = data.draw(
        st.sampled_from([p for p, origin in origins.items() if origin in ("given", "default")])
    )

    assert at(json.loads(resolved.model_dump_json()), pointer) == at(
        json.loads(spec.model_dump_json()), pointer
    )


def leaves(value: object, pointer: str = "") -> set[str]:
    if isinstance(value, dict) and value:
        return {leaf for key, item in value.items() for leaf in leaves(item, f"{pointer}/{key}")}
    if isinstance(value, list) and value:
        return {leaf for index, item in enumerate(value) for leaf in leaves(item, f"{pointer}/{index}")}
    return {pointer}


def at(document: object, pointer: str) -> object:
    for part in pointer.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]  # type: ignore[index]
    return document
