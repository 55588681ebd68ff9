"""A service for a soak, on either engine: four slots, and a folder that stays when it fails."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tests.databases import PostgreSQL
from tests.faults.soak_harm import Harmed
from tests.faults.world import ENVIRONMENT, world_of
from tests.local_service import local_service

# The stand-in uses no GPU; four of them let a worker run four jobs side by side.
SLOTS = {"CUDA_VISIBLE_DEVICES": "0,1,2,3"}


@contextmanager
def harmed_world(engine: str, server: PostgreSQL) -> Iterator[Harmed]:
    """Up inside; nothing of it is left afterwards, unless something failed."""
    folder = Path(tempfile.mkdtemp(prefix="distillery-soak-"))
    home = folder / "home"
    own = nullcontext(f"sqlite:///{home / 'distillery.sqlite'}")
    with (
        own if engine == "sqlite" else server.database("template1") as url,
        local_service(home, **ENVIRONMENT, **SLOTS, DISTILLERY_DATABASE_URL=url) as service,
        world_of(service, url) as world,
    ):
        yield Harmed(world, world.broker_socket())
    shutil.rmtree(folder)
