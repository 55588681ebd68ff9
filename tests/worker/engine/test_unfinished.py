"""A limit that grows stricter over epochs holds in what is left of a training that ended before it was."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.spec.optimization import Stopping
from core.spec.regularizers import Sparsity, SpectralNorm, WeightClipping
from tests.worker.engine.builders import (
    HALF,
    Listener,
    a_network,
    a_split,
    a_trainer,
    same_bits,
    the_batches,
    train,
)
from worker.engine import registry
from worker.engine.checkpoints import Checkpoints
from worker.engine.evaluation import predict, score
from worker.engine.exports.checkpoints import safetensors
from worker.engine.fitting import ASKED, Fit
from worker.engine.narrator import Narrator
from worker.engine.reporter import STUDENTS

VALIDATION = a_split(32)
WEIGHTS = ("conv.weight", "fc.weight")
RISING = Sparsity(share=0.9, begin=1, epochs=2)


def measured(network):
    return score(predict(network, VALIDATION, HALF), VALIDATION.labels)


def a_fit(listener, *regularizers):
    narrator = Narrator(listener, {"distil": 4})
    narrator.current = "distil"
    trainer = a_trainer(regularizers=registry.regularizers(regularizers or (RISING,)))
    return Fit(
        trainer, the_batches(), measured, narrator, dict,
        phase="distil", checkpoints=Checkpoints(Path(), None, narrator, {}, {}),
    )  # fmt: skip


def shares(weights):
    return [(weights[name] == 0).sum().item() / weights[name].numel() for name in WEIGHTS]


def warnings(listener):
    return [message for level, message in listener.all("log") if level == "warning"]


class Impatient(Listener):
    """Asks for the end of training at once."""

    def stop_requested(self):
        return True


ENDINGS = {
    "time is over": (Listener, Stopping(max_seconds=1e-6)),
    "somebody ends it": (Impatient, Stopping()),
}


@pytest.mark.parametrize(("listening", "stopping"), ENDINGS.values(), ids=ENDINGS)
def test_the_whole_share_is_0_however_it_ends(listening, stopping):
    listener = listening()

    trained = a_fit(listener).run(4, stopping, into=a_network(seed=5))

    expected = [round(0.9 * a_network().state_dict()[name].numel()) for name in WEIGHTS]
    for left in (trained.network.state_dict(), trained.last):
        assert [(left[name] == 0).sum().item() for name in WEIGHTS] == expected
    assert (trained.epochs, trained.stopped is not None) == (1, True)


def test_it_is_said_and_the_epoch_is_measured_as_it_is_now():
    listener = Listener()

    trained = a_fit(listener).run(4, Stopping(max_seconds=1e-6), into=a_network(seed=5))

    (warning,) = warnings(listener)
    assert "brought within them" in warning
    now = measured(trained.network)
    assert (trained.best.fitness, trained.best.validation_loss) == (now.accuracy, now.nll)
    assert f"accuracy {now.accuracy:.4g}" in warning


def test_a_good_epoch_ends_it_only_once_the_share_is_reached():
    listener = Listener()

    trained = a_fit(listener).run(4, Stopping(target_accuracy=0.01), into=a_network(seed=5))

    assert trained.epochs == 4  # the first step of the fourth completes the ramp
    assert min(shares(trained.network.state_dict())) > 0.85
    assert warnings(listener) == []


def test_who_ends_it_in_the_middle_of_the_first_complete_epoch_gets_the_share_too():
    fit = a_fit(Listener())
    fit.narrator.stop_requested = lambda: fit.trainer.steps == 14

    trained = fit.run(4, Stopping(), into=a_network(seed=5))

    assert (trained.stopped, trained.steps, trained.best.number <= 3) == (ASKED, 14, True)
    assert min(shares(trained.network.state_dict()) + shares(trained.last)) > 0.85


def test_students_that_are_kept_with_a_checkpoint_are_within_it_too(tmp_path):
    listener = Listener()
    fit = a_fit(listener)
    fit.checkpoints = Checkpoints(
        tmp_path, 0.0, fit.narrator, {}, {}, lambda weights: safetensors(weights, {"of": "the student"})
    )

    fit.run(2, Stopping(), into=a_network(seed=5))

    students = [saved for saved in listener.all("checkpoint") if saved.kind in STUDENTS]
    assert {saved.kind for saved in students} == set(STUDENTS)
    assert min(min(shares(load_file(saved.path))) for saved in students) > 0.85


def test_to_look_at_it_changes_nothing_of_the_training():
    limits = (RISING, WeightClipping(max_abs=0.2), SpectralNorm(limit=0.5))
    looked, straight = (a_trainer(regularizers=registry.regularizers(limits)) for _ in range(2))
    train(looked, epochs=2)

    looked.within_limits(looked.network.state_dict())

    assert same_bits(train(looked), (train(straight, epochs=2), train(straight))[1])


def test_all_limits_hold_then_not_only_the_one_that_grows():
    limits = (Sparsity(share=0.5, begin=1, epochs=2), SpectralNorm(limit=0.1))
    trainer = a_trainer(regularizers=registry.regularizers(limits))

    left = trainer.within_limits(train(trainer, epochs=1))

    assert min(shares(left)) > 0.45
    for name in WEIGHTS:
        assert torch.linalg.matrix_norm(left[name].flatten(1).double(), ord=2) <= 0.1 * (1 + 1e-6)
