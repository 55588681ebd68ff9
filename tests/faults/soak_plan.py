"""What happens in one round of a soak, drawn from a seed before anything happens: timing has no say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from tests.faults.soak_faults import FAULTS

JOBS = 30
WISHES = 8
STAGES = 3
ROUNDS_A_WORLD = 5
ENGINES = ("sqlite", "postgresql")
# Names that the stand-in trainer understands; a number is its seconds.
NAMES = {
    "plain 0.4": 60, "plain 1": 15, "plain 4": 15, "crash once 0.4": 4, "diverge": 4, "hang once 0.4": 1,
    "crash": 1,
}  # fmt: skip
ACTIONS = {"cancel": 3, "pause": 3, "resume": 2, "stop": 2, "retry": 2}


@dataclass(frozen=True)
class Step:
    """`submit` or one of the actions, and the job's number in its round."""

    action: str
    job: int


@dataclass(frozen=True)
class Harm:
    """A fault by name, and the number that chooses among several victims and lengths: from 0 to 1."""

    fault: str
    chance: float


@dataclass(frozen=True)
class Stage:
    """Steps that are taken while the harm is being done."""

    harms: tuple[Harm, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Plan:
    names: tuple[str, ...]
    stages: tuple[Stage, ...]

    @property
    def told(self) -> str:
        return ", then ".join(" and ".join(harm.fault for harm in stage.harms) for stage in self.stages)


def drawn(seed: int, number: int) -> Plan:
    """The plan of a round."""
    random = Random(f"{seed} {number}")
    names = tuple(_one_of(NAMES, random) for _ in range(JOBS))
    steps = _steps(random)
    size = len(steps) // STAGES + 1
    stages = [Stage(_harms(random), tuple(steps[at : at + size])) for at in range(0, len(steps), size)]
    return Plan(names, tuple(stages))


def engine(seed: int, number: int) -> str:
    """Both in turn; the seed says which comes first."""
    return ENGINES[(seed + number // ROUNDS_A_WORLD) % len(ENGINES)]


def worlds(rounds: range) -> Iterator[range]:
    """Rounds that share a service."""
    for first in range(rounds.start, rounds.stop, ROUNDS_A_WORLD):
        yield range(first, min(first + ROUNDS_A_WORLD, rounds.stop))


def _steps(random: Random) -> list[Step]:
    steps = [Step("submit", job) for job in range(JOBS)]
    for _ in range(WISHES):
        at = random.randrange(1, len(steps) + 1)
        submitted = sum(step.action == "submit" for step in steps[:at])
        # Of the newest: the others have ended by then.
        newest = min(submitted, 8)
        steps.insert(at, Step(_one_of(ACTIONS, random), submitted - 1 - random.randrange(newest)))
    return steps


def _harms(random: Random) -> tuple[Harm, ...]:
    """One or two, never two to the same victim."""
    first = random.choice(sorted(FAULTS))
    others = [name for name in sorted(FAULTS) if FAULTS[name].victim != FAULTS[first].victim]
    chosen = [first] + ([random.choice(others)] if random.random() < 0.5 else [])
    return tuple(Harm(name, random.random()) for name in chosen)


def _one_of(weights: Mapping[str, int], random: Random) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
