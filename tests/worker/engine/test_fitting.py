from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.errors import Cancelled, Diverged
from core.spec.optimization import Stopping
from tests.worker.engine.builders import HALF, Listener, a_network, a_split, a_trainer, same_bits, the_batches
from worker.engine import fitting
from worker.engine.checkpoints import Checkpoints
from worker.engine.evaluation import predict, score
from worker.engine.exports.checkpoints import safetensors
from worker.engine.fitting import Fit
from worker.engine.narrator import Narrator

VALIDATION = a_split(32)


def measured(split, network):
    return score(predict(network, split, HALF), split.labels)


def a_fit(listener=None, trainer=None, validation=VALIDATION, epochs=3, rename=dict, measure=None):
    narrator = Narrator(listener or Listener(), {"distil": epochs})
    narrator.current = "distil"
    return Fit(
        trainer or a_trainer(), the_batches(), measure or partial(measured, validation), narrator, rename,
        phase="distil", checkpoints=Checkpoints(Path(), None, narrator, {}, {}),
    )  # fmt: skip


def run(fit, epochs=3, stopping=None):
    return fit.run(epochs, stopping or Stopping(), into=a_network(seed=5))


def test_the_result_has_the_weights_of_the_best_epoch():
    trained = run(a_fit())

    validated = score(predict(trained.network, VALIDATION, HALF), VALIDATION.labels)
    assert validated.accuracy == trained.best.fitness
    assert not trained.network.training


def alike(losses):
    """Every epoch is as accurate as the others; these are its validation losses."""
    left = iter(losses)
    return lambda network: replace(measured(VALIDATION, network), accuracy=0.5, nll=next(left))


def test_of_equal_epochs_the_earliest_is_kept():
    first = run(a_fit(measure=alike([0.7]), epochs=1), epochs=1)

    kept = run(a_fit(measure=alike([0.7, 0.7, 0.7])))

    assert kept.best.number == 1
    assert same_bits(kept.network.state_dict(), first.network.state_dict())


def test_of_equally_accurate_epochs_the_one_of_the_lowest_loss_is_kept():
    second = run(a_fit(measure=alike([0.7, 0.6]), epochs=2), epochs=2)

    kept = run(a_fit(measure=alike([0.7, 0.6, 0.6])))

    assert (kept.best.number, kept.best.validation_loss) == (2, 0.6)
    assert same_bits(kept.network.state_dict(), second.network.state_dict())


def test_a_resumed_run_breaks_ties_as_the_whole_one_does():
    whole, begun, resumed = (a_fit(measure=alike(left)) for left in ([0.7, 0.6, 0.65], [0.7, 0.6], [0.65]))
    run(begun, epochs=2)

    resumed.restore(begun.state())

    assert run(resumed).best == replace(run(whole).best, seconds=resumed.past[1].seconds)


def test_the_network_is_in_training_mode_at_every_step():
    trainer, modes = a_trainer(), []
    trainer.network.register_forward_pre_hook(lambda module, _: modes.append(module.training))

    run(a_fit(trainer=trainer), epochs=2)

    assert modes == ([True] * 4 + [False]) * 2  # four steps, then one batch of validation


def test_metrics_come_once_a_name_and_step():
    listener = Listener()

    run(a_fit(listener))

    told = [(name, step) for step, _, _, values in listener.all("metrics") for name in values]
    assert len(told) == len(set(told))
    assert {name for name, _ in told} == {
        "train/loss",
        "train/term/label",
        "train/learning_rate",
        "validation/accuracy",
        "validation/loss",
        "train/epoch_loss",
    }
    assert [step for name, step in told if name == "validation/accuracy"] == [4, 8, 12]


def test_losses_are_reported_at_steps_that_no_clock_decides(monkeypatch):
    monkeypatch.setattr(fitting, "REPORTS", 2)
    monkeypatch.setattr(fitting, "PROGRESS_SECONDS", 0.0)
    listener = Listener()

    run(a_fit(listener), epochs=1)

    told = [(name, step) for step, _, _, values in listener.all("metrics") for name in values]
    assert [step for name, step in told if name == "train/loss"] == [2, 4]
    assert len(told) == len(set(told))
    assert [progress.step for progress in listener.all("progress")] == [1, 2, 3, 4]


def test_how_often_it_reports_changes_nothing(monkeypatch):
    often = run(a_fit())
    monkeypatch.setattr(fitting, "REPORTS", 1)

    assert same_bits(run(a_fit()).network.state_dict(), often.network.state_dict())


def test_metrics_can_have_other_names_or_none():
    listener = Listener()

    run(
        a_fit(
            listener, rename=lambda values: {f"teacher/{name}": 1.0 for name in values if "accuracy" in name}
        )
    )

    assert {name for *_, values in listener.all("metrics") for name in values} == {
        "teacher/validation/accuracy"
    }


def test_it_stops_at_the_end_of_an_epoch_and_says_why():
    listener = Listener()

    trained = run(a_fit(listener), epochs=3, stopping=Stopping(target_accuracy=0.01))

    assert trained.epochs == 1
    assert trained.steps == 4
    assert "target_accuracy" in trained.stopped
    assert any("stopped after epoch 1 of 3" in message for _, message in listener.all("log"))


def test_a_wish_to_cancel_is_heard_before_the_next_step():
    listener, trainer = Listener(), a_trainer()
    fit = a_fit(listener, trainer)
    wishes = iter([False, False, True])
    listener.cancel_requested = lambda: next(wishes)

    with pytest.raises(Cancelled):
        run(fit)

    assert trainer.steps == 2


def test_a_rate_of_a_thousand_diverges_and_says_where():
    deep = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 64), torch.nn.Linear(64, 4))
    trainer = a_trainer(deep, learning_rate=1e3)

    fit = a_fit(trainer=trainer)

    with pytest.raises(Diverged, match="at step"):
        fit.run(5, Stopping(), into=trainer.network)


def test_a_network_that_breaks_at_the_last_step_of_an_epoch_is_noticed():
    def broken(_network):
        return score(torch.full((32, 4), float("nan")), VALIDATION.labels)

    with pytest.raises(Diverged, match="after epoch 1"):
        run(a_fit(measure=broken))


def test_what_was_learned_before_it_diverged_is_kept(tmp_path):
    good = {}

    def breaks_in_the_second_epoch(network):
        value = float("nan") if good else 0.0
        if not good:
            good.update({name: weight.clone() for name, weight in network.state_dict().items()})
        return score(torch.full((32, 4), value), VALIDATION.labels)

    listener = Listener()
    fit = a_fit(listener, measure=breaks_in_the_second_epoch)
    fit.checkpoints = Checkpoints(
        tmp_path, 3600.0, fit.narrator, {}, {}, lambda weights: safetensors(weights, {"of": "the student"})
    )

    with pytest.raises(Diverged, match="after epoch 2"):
        run(fit)

    (kept,) = listener.all("checkpoint")
    assert kept.kind == "best"
    assert same_bits(load_file(kept.path), good)


def test_progress_rises_to_the_last_step():
    listener = Listener()

    run(a_fit(listener))

    progress = listener.all("progress")
    fractions = [one.fraction for one in progress]
    assert fractions == sorted(fractions)
    assert (progress[-1].epoch, progress[-1].epochs, progress[-1].step, progress[-1].steps) == (3, 3, 12, 12)
    assert all(one.images_per_second > 0 for one in progress)
