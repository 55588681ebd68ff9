"""Named random streams: what one part draws never depends on what another drew, nor on a resume."""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager

import torch

BITS = 63  # a torch generator takes seeds below 2^63 on every device


def derive(seed: int, *names: str | int) -> int:
    """A seed for the part so named: the first 63 bits of sha256("seed/name/…")."""
    text = "/".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> (64 - BITS)


class Stream:
    """The random numbers of one named part of training, a fresh generator state for every step."""

    def __init__(self, seed: int, name: str, device: torch.device) -> None:
        self.seed = seed
        self.name = name
        self.generator = torch.Generator(device)

    def on_host(self, step: int) -> random.Random:
        """The same in plain Python: no device is asked for numbers that the host needs."""
        return random.Random(derive(self.seed, self.name, "host", step))

    def at(self, step: int, part: int = 0) -> torch.Generator:
        """The generator as it stands at the start of this step, whatever was drawn before.

        part    of the batch; what is drawn for one depends on no other
        """
        names = (step, "part", part) if part else (step,)
        return self.generator.manual_seed(derive(self.seed, self.name, *names))


@contextmanager
def seeded(seed: int, *names: str | int) -> Iterator[None]:
    """Run with torch's own CPU generator at a derived seed, and give its state back afterwards.

    For code that takes no generator, such as the initialisation of torchvision's networks.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(seed, *names))
        yield
