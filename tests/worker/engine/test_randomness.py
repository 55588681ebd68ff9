import torch

from tests.worker.engine.builders import CPU
from worker.engine.randomness import Stream, derive, seeded


def test_every_part_has_a_seed_of_its_own():
    seeds = {derive(seed, name, step) for seed in (0, 1) for name in ("a", "b") for step in (0, 1)}

    assert len(seeds) == 8
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_step_draws_the_same_whatever_was_drawn_before():
    stream = Stream(0, "dropout", CPU)
    first = torch.rand(4, generator=stream.at(7))
    torch.rand(100, generator=stream.at(8))

    assert torch.equal(torch.rand(4, generator=stream.at(7)), first)
    assert not torch.equal(torch.rand(4, generator=Stream(0, "noise", CPU).at(7)), first)


def test_seeding_gives_torchs_own_state_back():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)

    with seeded(0, "weights"):
        inside = torch.rand(2)
    with seeded(0, "weights"):
        again = torch.rand(2)

    assert torch.equal(inside, again)
    assert torch.equal(torch.rand(2), expected)
