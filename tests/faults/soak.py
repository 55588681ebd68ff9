"""A randomised soak: rounds of jobs, wishes and faults on a real service, and after each every invariant.

    python -m tests.faults.soak --rounds 200 [--seed S] [--first N] [--seconds-limit S]

The seed, told at the start and on failure, decides what is done to whom and in which order; the machine
decides when. Five rounds share a service, which must outlive them. --first goes on from an earlier run.
"""

import argparse
import secrets
import sys
import time

from tests import databases
from tests.databases import PostgreSQL
from tests.faults import soak_plan
from tests.faults.soak_round import Round
from tests.faults.soak_world import harmed_world


def soak(rounds: range, seed: int, seconds_limit: float = float("inf")) -> int:
    """Live through these rounds, or as many as there is time to begin; returns how many it were."""
    deadline, done = time.monotonic() + seconds_limit, 0
    say(f"seed {seed}")
    with databases.postgresql() as server:
        for numbers in soak_plan.worlds(rounds):
            done += live(numbers, seed, server, deadline)
    say(f"{done} rounds of seed {seed}: every promise was kept")
    return done


def live(numbers: range, seed: int, server: PostgreSQL, deadline: float) -> int:
    """Some rounds on one service; returns how many there was time for."""
    if time.monotonic() >= deadline:
        return 0
    engine, done = soak_plan.engine(seed, numbers[0]), 0
    with harmed_world(engine, server) as harmed:
        for number in numbers:
            if time.monotonic() < deadline:
                one(Round(harmed, soak_plan.drawn(seed, number), f"round-{number}"), number, seed, engine)
                done += 1
    return done


def one(a_round: Round, number: int, seed: int, engine: str) -> None:
    """One round, told in one line."""
    began = time.monotonic()
    say(f"round {number} on {engine}: {a_round.plan.told}", end="")
    try:
        a_round.run()
    except BaseException:
        home = a_round.harmed.world.service.settings.home
        say(f"\nfailed: --seed {seed} --first {number} --rounds 1; what is left of the service: {home}")
        raise
    ends = ", ".join(f"{count} {state}" for state, count in sorted(a_round.ends().items()))
    took = time.monotonic() - began
    say(f": {ends}; {took:.0f} s, slowest answer {a_round.slowest:.1f} s, {a_round.unanswered} unanswered")


def say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--seconds-limit", type=float, default=float("inf"))
    chosen = parser.parse_args()
    soak(range(chosen.first, chosen.first + chosen.rounds), chosen.seed, chosen.seconds_limit)


if __name__ == "__main__":
    main()
