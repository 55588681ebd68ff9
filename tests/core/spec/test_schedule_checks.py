"""Schedules that a training is too short for."""

from typing import Any

import pytest

from core.spec.checks import problems, warnings
from core.spec.over_time import Linear, WarmUp, is_never
from core.spec.regularizers import Mixup, is_idle
from core.spec.teacher_cache import must_ask
from tests.builders import a_spec

SHORT = {"epochs": 60}
LATE = {"kind": "linear", "start": 0, "end": 1, "begin": 60}


def warned(**asked: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in warnings(a_spec(optimization=SHORT, **asked))]


def test_a_schedule_that_begins_at_the_end_is_never_there() -> None:
    late = Linear(start=0, end=1, begin=60)

    assert [is_never(late, epochs) for epochs in (59, 60, 61)] == [True, True, False]
    assert not is_never(late)  # in a training of any length
    assert not is_never(Linear(start=1, end=0, begin=60), 60)
    assert not is_never(WarmUp(epochs=1000), 60)
    assert [is_idle(Mixup(over_time=late), epochs) for epochs in (60, 61)] == [True, False]


@pytest.mark.parametrize("begin", [60, 1000])
def test_a_strength_that_never_gets_above_0_is_worth_a_warning(begin: int) -> None:
    l2 = {"kind": "l2", "over_time": {**LATE, "begin": begin}}

    assert warned(regularizers=["l1", l2]) == [("/regularizers/1/over_time", "no_effect")]
    assert warned(regularizers=[{**l2, "over_time": {**LATE, "begin": 59}}]) == []


def test_so_is_a_weight() -> None:
    terms = ["soft_targets", {"kind": "hard_targets", "over_time": LATE}]

    assert warned(method={"terms": terms}) == [("/method/terms/1/over_time", "no_effect")]


def test_what_is_turned_off_needs_no_warning() -> None:
    assert warned(regularizers=[{"kind": "l2", "strength": 0, "over_time": LATE}]) == []


@pytest.mark.parametrize(("epochs", "long"), [(19, True), (20, False)])
def test_a_warm_up_longer_than_the_training_is_worth_a_warning(epochs: int, long: bool) -> None:
    found = warnings(a_spec(method="decoupled", optimization={"epochs": epochs}))

    place = ("/method/terms/0/over_time/epochs", "never_at_full_strength")
    assert [(each.pointer, each.code) for each in found] == ([place] if long else [])


def test_mixup_that_never_mixes_stands_in_nobodys_way() -> None:
    def spec(begin: int) -> Any:
        mixup = {"kind": "mixup", "over_time": {**LATE, "begin": begin}}
        return a_spec(method="decoupled", regularizers=[mixup], optimization=SHORT)

    assert problems(spec(60)) == ()
    assert [each.code for each in problems(spec(59))] == ["labels_are_mixed"]
    assert (must_ask(spec(60)), must_ask(spec(59))) == (None, "mixup changes what the teacher sees")


def test_an_objective_that_stays_0_is_refused() -> None:
    method = {"label_weight": 0, "terms": [{"kind": "soft_targets", "over_time": LATE}]}

    found = problems(a_spec(method=method, optimization=SHORT))

    assert [(each.pointer, each.code) for each in found] == [("/method", "nothing_to_learn")]
