"""One tree of errors: each has a code of its own, and says what to do."""

import re

import pytest

from core import errors
from core.errors import BY_CODE, Conflict, DistilleryError, InvalidSpec, NotFound, RangeNotSatisfiable

TREE = sorted(BY_CODE.values(), key=lambda error: error.__name__)


@pytest.mark.parametrize("error", TREE, ids=lambda error: error.__name__)
def test_every_error_says_what_happened(error: type[DistilleryError]) -> None:
    assert (error.__doc__ or "").strip().endswith(".")
    assert re.fullmatch("[a-z_]+", error.code)


def test_no_two_errors_share_a_code() -> None:
    named = [found for found in vars(errors).values() if isinstance(found, type) and "code" in vars(found)]

    assert len(named) == len({error.code for error in named})


def test_the_drawing_shows_the_whole_tree() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))

    exist = {
        name
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, DistilleryError) and found is not DistilleryError
    }
    assert drawn == exist


def test_the_docstring_is_the_message_unless_one_is_given() -> None:
    assert str(NotFound()) == "There is no such thing, or it is not yours."
    assert str(NotFound("no job 'x'")) == "no job 'x'"
    assert NotFound().advice == NotFound.hint
    assert NotFound(hint="Look again.").advice == "Look again."


def test_a_conflict_says_what_is_allowed_now() -> None:
    error = Conflict("too late", state="succeeded", allowed_actions=[])

    assert (error.state, error.allowed_actions) == ("succeeded", [])
    assert error.advice == "Allowed now: nothing."


def test_a_range_says_how_long_the_file_is() -> None:
    assert RangeNotSatisfiable(12).advice == "The file has 12 bytes."


def test_an_invalid_spec_carries_its_findings() -> None:
    found = (errors.FieldError("/seed", "missing", "Field required"),)

    assert InvalidSpec(errors=found).errors == found
