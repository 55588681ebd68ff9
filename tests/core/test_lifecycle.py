"""The table of moves, and what people see of a state."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lifecycle import FINISHED, NEXT, JobState, Wish, allowed_actions, shown_state


def reachable(start: JobState) -> set[JobState]:
    seen = {start}
    while more := {to for state in seen for to in NEXT[state]} - seen:
        seen |= more
    return seen


@st.composite
def lives(draw: st.DrawFn) -> list[JobState]:
    """The states of a job, in order, as the table allows them."""
    life = [JobState.QUEUED]
    for _ in range(draw(st.integers(0, 20))):
        if not NEXT[life[-1]]:
            break
        life.append(draw(st.sampled_from(sorted(NEXT[life[-1]]))))
    return life


def test_the_table_names_every_state() -> None:
    assert set(NEXT) == set(JobState)
    assert reachable(JobState.QUEUED) == set(JobState)


@given(lives())
def test_a_success_is_the_end(life: list[JobState]) -> None:
    assert JobState.SUCCEEDED not in life[:-1]


@given(lives())
def test_a_finished_job_only_ever_goes_back_to_the_queue(life: list[JobState]) -> None:
    after_an_end = {after for before, after in itertools.pairwise(life) if before in FINISHED}

    assert after_an_end <= {JobState.QUEUED}


@given(lives())
def test_nothing_succeeds_or_fails_without_having_run(life: list[JobState]) -> None:
    before = {before for before, after in itertools.pairwise(life) if after in ("succeeded", "failed")}

    assert before <= {JobState.RUNNING}


@given(lives())
def test_no_state_follows_itself(life: list[JobState]) -> None:
    assert all(before != after for before, after in itertools.pairwise(life))


@pytest.mark.parametrize("state", sorted(JobState))
def test_what_is_not_finished_can_be_cancelled(state: JobState) -> None:
    can = "cancel" in allowed_actions(state)

    assert can == (state not in FINISHED)
    assert can == (JobState.CANCELLED in NEXT[state])


@pytest.mark.parametrize(
    ("state", "wish", "shown"),
    [
        (JobState.RUNNING, None, "running"),
        (JobState.RUNNING, Wish.CANCEL, "cancelling"),
        (JobState.RUNNING, Wish.PAUSE, "pausing"),
        (JobState.RUNNING, Wish.STOP, "stopping"),
        (JobState.SUCCEEDED, Wish.CANCEL, "succeeded"),  # the wish came too late
        (JobState.QUEUED, None, "queued"),
    ],
)
def test_a_wish_shows_in_the_state_of_a_running_job(state: JobState, wish: Wish | None, shown: str) -> None:
    assert shown_state(state, wish) == shown
