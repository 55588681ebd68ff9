"""Row 2 of the fault matrix: the trainer is killed while it writes a checkpoint."""

from pathlib import Path

import pytest

from tests.faults.conftest import own_world
from tests.faults.observing import resumed
from tests.stand_in_trainer import CHECKPOINT_EVERY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("moment", ["write", "rename", "sync", "reported"])
def test_2_a_trainer_killed_while_it_writes_a_checkpoint_goes_on_from_the_one_before(
    engine: str, moment: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Half of its bytes written, all of them, renamed, told of: the stand-in writes as the engine does."""
    fault = f"checkpoint.{moment}:2:kill"
    with own_world(engine, request, tmp_path / "home", DISTILLERY_FAULT=fault) as world:
        job_id = world.submit()

        world.check(right=(job_id,))
        assert (world.service.settings.home / "fault-fired").exists()
        assert world.attempt(job_id) == 2
        began = resumed(world, job_id)[1]
        assert began == CHECKPOINT_EVERY * (2 if moment == "reported" else 1)
