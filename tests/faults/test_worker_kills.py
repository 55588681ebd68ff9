"""Row 3 of the fault matrix, at the moments that no signal from outside hits: between two transactions."""

from pathlib import Path

import pytest

from tests.faults.conftest import own_world
from tests.faults.observing import counted

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("moment", "attempts", "cut_short"),
    [
        pytest.param("claimed", 2, 0, id="claimed, and not begun"),
        pytest.param("uploaded", 2, 0, id="files stored, and nobody told"),
        pytest.param("finished", 1, 1, id="all told, and not tidied up"),
    ],
)
def test_3_a_supervisor_killed_between_two_transactions_costs_an_attempt_or_nothing(
    engine: str, moment: str, attempts: int, cut_short: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fault = f"tasks.{moment}:1:kill"
    with own_world(engine, request, tmp_path / "home", DISTILLERY_FAULT=fault) as world:
        job_id = world.submit()

        world.check(right=(job_id,), cut_short=cut_short)
        assert (world.service.settings.home / "fault-fired").exists()
        assert world.attempt(job_id) == attempts
        assert counted(world, job_id) == {"failures": 0, "losses": attempts - 1, "drains": 0}
