"""One round of a soak: thirty jobs, wishes, and faults; then every promise and invariant."""

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx2
from sqlalchemy import select

from core.lifecycle import FINISHED
from core.store.tables import Job
from tests.faults.invariants import every_job
from tests.faults.soak_faults import API, FAULTS
from tests.faults.soak_harm import Harmed
from tests.faults.soak_plan import Plan, Step
from tests.faults.soak_promise import Promise
from tests.polling import eventually

REST_SECONDS = 120.0
# So that faults find some jobs done, some running, and some waiting.
PAUSE_SECONDS = 0.2
# A lock of the database is waited for; and an API that died, which takes its time on a busy machine. How busy
# that is, a round finds out by asking before it does harm: so many times as long may an answer take besides.
SLOWEST_SECONDS = 10.0
SLOWEST_RESTART_SECONDS = 30.0
TIMES_CALM = 20
CALM_ANSWERS = 5
GOOD_ANSWERS = (200, 201, 202, 409, 503)


@dataclass
class Round:
    """The plan of a round, carried out on a service."""

    harmed: Harmed
    plan: Plan
    mark: str
    promises: list[Promise] = field(init=False)
    slowest: float = 0.0
    calm: float = 0.0
    unanswered: int = 0

    def __post_init__(self) -> None:
        self.promises = [Promise(name) for name in self.plan.names]

    def run(self) -> None:
        self.calm = self._unharmed()
        for stage in self.plan.stages:
            with ExitStack() as harms:
                for harm in stage.harms:
                    harms.enter_context(FAULTS[harm.fault].do(self.harmed, harm.chance))
                for step in stage.steps:
                    self._take(step)
                    time.sleep(PAUSE_SECONDS)
        eventually(self._all_submitted, REST_SECONDS)
        eventually(self._all_ended, REST_SECONDS)
        self._check()

    def _unharmed(self) -> float:
        """How long an answer takes here if nothing is the matter."""
        began = time.monotonic()
        for _ in range(CALM_ANSWERS):
            self.harmed.world.service.http.get("/v1/jobs", params={"limit": 1})
        return (time.monotonic() - began) / CALM_ANSWERS

    def ends(self) -> Counter[str]:
        """How many jobs came to which end."""
        return Counter(self._states().values())

    def _take(self, step: Step) -> None:
        promise = self.promises[step.job]
        if step.action == "submit":
            self._submit(step.job)
        elif promise.job_id:
            reply = self._post(f"/v1/jobs/{promise.job_id}/{step.action}")
            promise.answered(step.action, None if reply is None else reply.status_code)

    def _submit(self, number: int) -> None:
        """What had no answer is asked again later with the same key, and must be done once."""
        body = {"name": self.promises[number].name, "dataset": "digits"}
        reply = self._post("/v1/jobs", body, {"Idempotency-Key": f"{self.mark}-{number}"})
        if reply is not None:
            self.promises[number].job_id = reply.json()["id"]
            self.harmed.world.accepted.append(self.promises[number].job_id)

    def _post(
        self, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> httpx2.Response | None:
        """The answer; None without one, and without a database, where nothing is done."""
        began = time.monotonic()
        try:
            reply = self.harmed.world.service.http.post(path, json=body, headers=headers)
        except httpx2.TransportError:
            self.unanswered += 1
            return None
        self.slowest = max(self.slowest, time.monotonic() - began)
        assert reply.status_code in GOOD_ANSWERS, f"{path}: {reply.status_code} {reply.text}"
        if reply.status_code == 503:
            assert "Retry-After" in reply.headers
            self.unanswered += 1
            return None
        return reply

    def _all_submitted(self) -> bool:
        for number, promise in enumerate(self.promises):
            if not promise.job_id:
                self._submit(number)
        return all(promise.job_id for promise in self.promises)

    def _all_ended(self) -> bool:
        """Whoever is paused by now is wanted again."""
        states = self._states()
        for job_id in [job_id for job_id, state in states.items() if state == "paused"]:
            self._post(f"/v1/jobs/{job_id}/resume")
        return all(state in FINISHED for state in states.values())

    def _states(self) -> dict[str, str]:
        query = select(Job.id, Job.state).where(Job.id.in_([promise.job_id for promise in self.promises]))
        with self.harmed.world.database.reading() as session:
            return {row.id: row.state for row in session.execute(query)}

    def _check(self) -> None:
        world, states = self.harmed.world, self._states()
        for promise in self.promises:
            job_id, state = promise.job_id, states[promise.job_id]
            student = world.student(job_id) if state == "succeeded" else None
            promise.keep(state, student, world.steps(job_id), self.harmed.struck[job_id])
        world.check(cut_short=self.harmed.cut_short)
        assert sorted(row["id"] for row in every_job(world.service)) == sorted(world.accepted)
        borne = SLOWEST_RESTART_SECONDS if self._api_dies() else SLOWEST_SECONDS
        assert self.slowest < borne + TIMES_CALM * self.calm

    def _api_dies(self) -> bool:
        harms = (harm for stage in self.plan.stages for harm in stage.harms)
        return any(FAULTS[harm.fault].victim == API for harm in harms)
