"""What can be seen of a job by whoever has the keys to the house."""

from core.store import checkpoints, events, logs
from core.store.tables import Job
from tests.faults.beginnings import began, last_step
from tests.faults.world import World


def told(world: World, job_id: str, kind: str) -> list[dict[str, object]]:
    with world.database.reading() as session:
        return [event.data for event in events.after(session, job_id, 0) if event.kind == kind]


def complaints(world: World, job_id: str) -> list[str]:
    with world.database.reading() as session:
        return [line.text for line in logs.tail(session, job_id, 1000, level="error")]


def kept(world: World, job_id: str) -> list[int]:
    """Sequences of the checkpoints that can be gone on from, newest first."""
    with world.database.reading() as session:
        return [found.sequence for found in checkpoints.newest(session, job_id, "training")]


def resumed(world: World, job_id: str) -> tuple[int, int]:
    """How far the first attempt came, and the step after which the second began."""
    return last_step(world.database, job_id, 1), began(world.database, job_id)[2]


def partial(world: World) -> list[str]:
    """What lies in the file store and is no whole file."""
    return [path.name for path in world.files.root.rglob("*") if path.name.endswith(".partial")]


def counted(world: World, job_id: str) -> dict[str, int]:
    with world.database.reading() as session:
        job = session.get(Job, job_id)
        assert job is not None
        return {"failures": job.failures, "losses": job.losses, "drains": job.drains}
