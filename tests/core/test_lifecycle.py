"""The table of moves, and what people see of a state."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lifecycle import (
    FINISHED,
    NEXT,
    Action,
    Answer,
    Ask,
    JobState,
    Move,
    Wish,
    allowed_actions,
    answer,
    settle,
    shown_state,
)


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


DONE, NO = Answer.ALREADY, Answer.REFUSED
# What becomes of pause, resume, stop, cancel, retry: a state that follows at once, a wish, nothing, or a no.
ANSWERS: dict[tuple[str, str | None], tuple[object, ...]] = {
    ("queued", None): ("paused", DONE, NO, "cancelled", NO),
    ("queued", "stop"): ("paused", DONE, DONE, "cancelled", NO),  # its worker was lost before it obeyed
    ("running", None): (Ask(Wish.PAUSE), DONE, Ask(Wish.STOP), Ask(Wish.CANCEL), NO),
    ("running", "pause"): (DONE, Ask(None), Ask(Wish.STOP), Ask(Wish.CANCEL), NO),
    ("running", "stop"): (NO, NO, DONE, Ask(Wish.CANCEL), NO),
    ("running", "cancel"): (NO, NO, NO, DONE, NO),
    ("paused", None): (DONE, "queued", NO, "cancelled", NO),
    ("paused", "stop"): (DONE, "queued", DONE, "cancelled", NO),
    ("succeeded", None): (NO, NO, NO, NO, NO),
    ("failed", None): (NO, NO, NO, NO, "queued"),
    ("cancelled", None): (NO, NO, NO, DONE, "queued"),
}
ACTIONS = (Action.PAUSE, Action.RESUME, Action.STOP, Action.CANCEL, Action.RETRY)
EVERYWHERE = [
    (action, JobState(state), None if wish is None else Wish(wish))
    for state, wish in ANSWERS
    for action in ACTIONS
]


@pytest.mark.parametrize(("state", "wish"), ANSWERS)
def test_what_becomes_of_an_action(state: str, wish: str | None) -> None:
    expected = [
        Move(JobState(to)) if isinstance(to, str) and to in NEXT else to for to in ANSWERS[state, wish]
    ]

    found = [answer(action, JobState(state), None if wish is None else Wish(wish)) for action in ACTIONS]

    assert found == expected


@pytest.mark.parametrize(("action", "state", "wish"), EVERYWHERE)
def test_an_action_moves_only_as_the_table_of_moves_says(
    action: Action, state: JobState, wish: Wish | None
) -> None:
    match answer(action, state, wish):
        case Move(to):
            assert to in NEXT[state]
        case Ask(new):
            assert state is JobState.RUNNING
            assert new != wish


@pytest.mark.parametrize(("action", "state", "wish"), EVERYWHERE)
def test_an_action_is_offered_where_it_would_change_something(
    action: Action, state: JobState, wish: Wish | None
) -> None:
    assert (action in allowed_actions(state, wish)) == (answer(action, state, wish) not in (DONE, NO))


@pytest.mark.parametrize(("action", "state", "wish"), EVERYWHERE)
def test_asking_twice_is_asking_once(action: Action, state: JobState, wish: Wish | None) -> None:
    match answer(action, state, wish):
        case Move(to):
            assert answer(action, to, None, retried=action is Action.RETRY) is DONE
        case Ask(new):
            assert answer(action, state, new) is DONE


@pytest.mark.parametrize("state", sorted(JobState))
def test_a_retry_that_was_done_is_no_mistake_until_the_job_ends_again(state: JobState) -> None:
    found = answer(Action.RETRY, state, None, retried=True)

    if state is JobState.SUCCEEDED:
        assert found is NO
    else:
        assert found == (Move(JobState.QUEUED) if state in FINISHED else DONE)


# Where an attempt ends, by what it came to and what the person wished; and the wish that stays.
ENDS = {
    "succeeded": {None: "succeeded", "pause": "succeeded", "stop": "succeeded", "cancel": "cancelled"},
    "failed": {None: "failed", "pause": "failed", "stop": "failed", "cancel": "cancelled"},
    "cancelled": {None: "cancelled", "pause": "cancelled", "stop": "cancelled", "cancel": "cancelled"},
    "queued": {None: "queued", "pause": "paused", "stop": "queued", "cancel": "cancelled"},
}


@pytest.mark.parametrize("to", ENDS)
@pytest.mark.parametrize("wish", [None, *Wish])
def test_where_an_attempt_ends(to: str, wish: Wish | None) -> None:
    went, left = settle(JobState(to), wish)

    assert went == ENDS[to][wish]
    assert left == (Wish.STOP if (went, wish) == ("queued", "stop") else None)
    assert went in NEXT[JobState.RUNNING]
