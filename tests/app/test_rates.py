"""Buckets of tokens, by a clock of the test's own."""

import pytest

from app import rates
from app.rates import FAILURES_AT_ONCE, FAILURES_PER_SECOND, Buckets, Rates
from core.errors import RateLimited

KEY, OTHER = 1, 2


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_bucket_is_full_at_first_and_fills_while_time_passes(clock: Clock) -> None:
    buckets = Buckets(10.0, 3, clock)
    for _ in range(3):
        assert buckets.wait_seconds("a") == 0
        buckets.take("a")

    assert buckets.wait_seconds("a") == pytest.approx(0.1)
    assert buckets.wait_seconds("b") == 0

    clock.seconds += 0.1
    assert buckets.wait_seconds("a") == pytest.approx(0.0, abs=1e-9)
    clock.seconds += 1000
    for _ in range(3):
        buckets.take("a")
    assert buckets.wait_seconds("a") == pytest.approx(0.1)


def test_a_key_may_ask_so_often_and_others_do_not_suffer(clock: Clock) -> None:
    found = Rates(2.0, 5, clock)
    for key in (KEY, OTHER):
        found.count_sound(key)
    for _ in range(4):
        found.let_in(KEY, "here")

    with pytest.raises(RateLimited) as refused:
        found.let_in(KEY, "here")
    assert refused.value.retry_after == 1
    found.let_in(OTHER, "here")

    clock.seconds += 0.5
    found.let_in(KEY, "here")


def test_who_guesses_keys_is_refused_and_sound_keys_of_that_address_are_not(clock: Clock) -> None:
    found = Rates(1000.0, 1000, clock)
    found.count_sound(KEY)
    for guess in range(FAILURES_AT_ONCE):
        found.let_in(1000 + guess, "here")
        found.count_failed(1000 + guess, "here")

    with pytest.raises(RateLimited):
        found.let_in(5, "here")
    found.let_in(KEY, "here")
    found.let_in(5, "elsewhere")

    clock.seconds += 1 / FAILURES_PER_SECOND + 1e-6
    found.let_in(5, "here")


def test_who_was_found_to_be_no_sound_key_is_judged_by_its_address(clock: Clock) -> None:
    found = Rates(1000.0, 1000, clock)
    for _ in range(FAILURES_AT_ONCE):
        found.count_failed(OTHER, "here")

    with pytest.raises(RateLimited):
        found.let_in(KEY, "here")


def test_every_request_of_a_sound_key_is_counted_also_those_of_its_beginning(clock: Clock) -> None:
    found = Rates(1.0, 3, clock)
    counted = [found.let_in(KEY, "here") for _ in range(2)]  # at once: none is answered yet
    for _ in counted:
        found.count_sound(KEY)

    assert [*counted, found.let_in(KEY, "here")] == [False, False, True]
    with pytest.raises(RateLimited):
        found.let_in(KEY, "here")


def test_a_key_that_was_revoked_is_no_sound_one(clock: Clock) -> None:
    found = Rates(1000.0, 1000, clock)
    found.count_sound(KEY)
    for _ in range(FAILURES_AT_ONCE):
        found.count_failed(OTHER, "here")
    found.let_in(KEY, "here")
    found.count_failed(KEY, "here")

    with pytest.raises(RateLimited):
        found.let_in(KEY, "here")


def test_buckets_are_bounded_and_those_in_use_stay(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_BUCKETS", 3)
    buckets = Buckets(1.0, 2, clock)
    buckets.take("idle")
    clock.seconds += 10
    buckets.take("busy")
    buckets.take("busy")
    buckets.take("also")

    buckets.take("new")

    assert "idle" not in buckets
    assert buckets.wait_seconds("busy") == pytest.approx(1.0)
