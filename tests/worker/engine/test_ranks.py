"""Two processes that share a training learn what one learns alone in two parts."""

import pytest
import torch

from core.spec import regularizers as specs
from core.spec.logit_terms import SoftTargets
from core.spec.methods import Method
from tests.worker.engine.builders import a_network, a_split, a_trainer, the_batches
from tests.worker.engine.resuming.attempts import FORKS
from tests.worker.engine.test_parts import without_statistics
from worker.engine import ranks, registry
from worker.engine.endings import Led, PeerLost

SECONDS = 60


def in_two(folder, what):
    """What each of two ranks gives back."""
    told = FORKS.Queue()
    processes = [FORKS.Process(target=_rank, args=(rank, folder / "met", what, told)) for rank in range(2)]
    for process in processes:
        process.start()
    answers = dict(told.get(timeout=SECONDS) for _ in processes)
    for process in processes:
        process.join(SECONDS)
    return [answers[rank] for rank in range(2)]


def _rank(rank, rendezvous, what, told):
    torch.set_num_threads(1)
    ranks.join(rank, 2, rendezvous)
    told.put((rank, what()))


def trained(network, parts=1):
    """The weights as plain numbers, and the mean losses; a last batch of three images has one part only."""
    chosen = (specs.L2(strength=0.01), specs.Dropout(), specs.Mixup(), specs.GradientClipping(max_norm=0.5))
    trainer = a_trainer(
        network,
        method=Method(label_weight=0.5, terms=(SoftTargets(),)),
        teacher=a_network(seed=9).eval().requires_grad_(False),
        regularizers=registry.regularizers(chosen),
    )
    trainer.parts = parts
    split = a_split(51)
    for epoch in (1, 2):
        for batch in the_batches(split).epoch(epoch):
            trainer.step(batch)
    means = trainer.tally.read()
    return {name: value.tolist() for name, value in trainer.network.state_dict().items()}, means


def shared():
    return trained(without_statistics())


def with_statistics():
    return trained(a_network())[0]


def close(found, expected):
    return all(
        torch.allclose(torch.tensor(found[name]), torch.tensor(value), rtol=1e-5, atol=1e-5)
        for name, value in expected.items()
    )


def test_two_learn_what_one_learns_in_two_parts(tmp_path):
    (first, told), (second, also_told) = in_two(tmp_path, shared)
    alone, expected = trained(without_statistics(), parts=2)

    assert first == second
    assert told == also_told
    assert close(first, alone)
    assert told.values == pytest.approx(expected.values, rel=1e-5)
    assert told.images == expected.images


def test_statistics_of_the_batch_stay_alike(tmp_path):
    first, second = in_two(tmp_path, with_statistics)

    assert first == second
    assert first["norm.running_mean"] != a_network().norm.running_mean.tolist()


def one_decides():
    return ranks.agreed([float(ranks.rank()), 2.5])


def test_the_first_one_decides(tmp_path):
    assert in_two(tmp_path, one_decides) == [[0.0, 2.5], [0.0, 2.5]]


def leaving():
    try:
        ranks.leave()
    except Led:
        return "led"
    return ranks.count()


def test_the_first_one_goes_on_alone(tmp_path):
    assert in_two(tmp_path, leaving) == [1, "led"]


def abandoned():
    if ranks.rank() == 1:
        return "gone"
    try:
        while True:
            ranks.agreed([0.0])
    except PeerLost:
        return "noticed"


def test_who_is_left_notices(tmp_path):
    assert in_two(tmp_path, abandoned) == ["noticed", "gone"]


def test_alone_nothing_is_shared():
    assert (ranks.count(), ranks.rank()) == (1, 0)
    assert ranks.agreed([1.0]) == [1.0]
    ranks.leave()
