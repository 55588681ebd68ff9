"""The resolved spec says whether the teacher is looked up, and why not."""

from typing import Any, ClassVar

import pytest

from core.spec import JobSpec
from core.spec.checks import problems
from core.spec.datasets import DatasetFacts
from core.spec.methods import SoftTargets
from core.spec.resolve import resolve
from core.spec.teacher_cache import must_ask
from tests.builders import a_spec

PHOTOS = DatasetFacts("photographs", 1000, 64, 1_000_000, 0)
UPLOADED = {"dataset": "ds_" + "0" * 26}


def used(facts: DatasetFacts | None = None, **asked: Any) -> tuple[str, str]:
    resolved, origins = resolve(a_spec(**asked), facts)
    return resolved.optimization.teacher_cache, origins["/optimization/teacher_cache"]


def test_logits_are_looked_up_where_views_can_be_listed() -> None:
    assert used() == ("on", "rule: the views of an image can be listed")
    assert used(optimization={"teacher_cache": "off"}) == ("off", "given")


@pytest.mark.parametrize(
    ("asked", "facts", "why"),
    [
        ({"method": {"label_weight": 1, "terms": []}}, None, "rule: no term reads the teacher"),
        (UPLOADED, PHOTOS, "rule: its table would take 217.3 GiB"),
    ],
)
def test_the_origin_says_why_not(asked: dict[str, Any], facts: DatasetFacts | None, why: str) -> None:
    assert used(facts, **asked) == ("off", why)
    wanted = {**asked, "optimization": {"teacher_cache": "on"}}
    (problem,) = problems(a_spec(**wanted), facts)
    assert (problem.pointer, problem.code) == ("/optimization/teacher_cache", "not_applicable")


def test_a_set_of_which_nothing_is_known_leaves_it_open() -> None:
    assert used(**UPLOADED) == ("auto", "default")


def test_a_term_that_reads_features_needs_the_teacher_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: ClassVar[str] = "features"
    monkeypatch.setattr(SoftTargets, "hears", heard)

    assert must_ask(JobSpec()) == "a term reads the teacher's features"


NOISY = {"kind": "input_noise", "teacher_view": "noisy"}


@pytest.mark.parametrize("changing", [{"kind": "mixup"}, NOISY], ids=lambda one: one["kind"])
def test_what_the_teacher_sees_can_not_be_listed_once_it_is_changed(changing: dict[str, Any]) -> None:
    kind = changing["kind"]
    assert used(regularizers=[changing]) == ("off", f"rule: {kind} changes what the teacher sees")


@pytest.mark.parametrize(
    "idle",
    [
        {"kind": "mixup", "alpha": 0},
        {**NOISY, "std": 0},
        {**NOISY, "over_time": {"kind": "linear", "start": 0, "end": 0}},
        {"kind": "input_noise"},
    ],
)
def test_what_never_changes_it_leaves_the_teacher_as_it_is(idle: dict[str, Any]) -> None:
    """Otherwise its logits would be rounded in the one run and not in the other."""
    assert must_ask(a_spec(regularizers=[idle])) is None


@pytest.mark.parametrize("weight", [{"weight": 0}, {"over_time": {"kind": "linear", "start": 0, "end": 0}}])
def test_a_term_without_weight_asks_the_teacher_nothing(weight: dict[str, Any]) -> None:
    silent = {"kind": "attention", **weight}
    assert must_ask(a_spec(method={"terms": ["soft_targets", silent]})) is None
    assert must_ask(a_spec(method={"terms": [silent]})) == "no term reads the teacher"
