"""The service itself: its queue and workers, its keys, what can be asked of it, and how it is."""

from typing import Any

from app.answers.jobs import job
from app.answers.rows import BEGAN, JOB, OTHER_JOB, OWNER
from app.schemas.health import Readiness, Verdict
from app.schemas.keys import KeyList, KeyMade, KeyView
from app.schemas.queue import Queue, RunningJob, WaitingJob, WorkerList, WorkerView
from core.lifecycle import JobState
from core.spec.catalog import SECTIONS
from core.store.queue import Running, Waiting
from core.store.tables import ApiKey, Worker

WORKER = Worker(
    id="worker_01KAJ9GSQ60Y1R2W3E4R5T6Y81", host="gpu-1", pid=4711, queue="train", gpus=1, slots=1,
    started_at=BEGAN, seen_at=BEGAN,
)  # fmt: skip
KEY = ApiKey(
    id="0f3c5a7b9d1e", name="notebook", owner=OWNER, scopes=["read", "submit"], created_at=BEGAN,
    expires_at=None, revoked_at=None, last_used_at=None,
)  # fmt: skip


def answers() -> dict[tuple[str, int], Any]:
    return {
        ("get_queue", 200): _queue(),
        ("list_workers", 200): WorkerList(data=[WorkerView.of(WORKER, True, [JOB], 0)]),
        ("create_key", 201): KeyMade.of(KEY, key=f"dk_{KEY.id}_…"),
        ("list_keys", 200): KeyList(data=[KeyView.of(KEY)], has_more=False, next_cursor=None),
        # One entry of each section.
        ("get_catalog", 200): {name: entries()[:1] for name, entries in SECTIONS.items()},
        ("get_catalog_section", 200): SECTIONS["regularizers"]()[:1],
        ("check_alive", 200): {"status": "alive"},
        ("check_ready", 200): _readiness(broken=False),
        ("check_ready", 503): _readiness(broken=True),
    }


def _queue() -> Queue:
    waits, runs = job(JobState.QUEUED, id=OTHER_JOB), job(JobState.RUNNING)
    return Queue(
        waiting=[WaitingJob.of(Waiting(waits, 2), "other jobs run first")],
        waiting_total=2,
        waiting_of_others=1,
        running=[RunningJob.of(Running(runs, WORKER.id, WORKER.host))],
        running_total=1,
        running_of_others=0,
    )


def _readiness(*, broken: bool) -> Readiness:
    said = {
        "database": "answers", "migrations": "current", "files": "can be written to", "broker": "answers",
        "workers": "1 alive",
    }  # fmt: skip
    checks = {name: Verdict(ok=True, detail=detail) for name, detail in said.items()}
    if broken:
        checks["files"] = Verdict(ok=False, detail="The file store does not answer.")
    return Readiness(ready=not broken, checks=checks)
