"""What a checkpoint holds, and that each field counts."""

import json

import pytest
import torch
from safetensors.torch import load_file

from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import STEPS, fields, without
from tests.worker.engine.resuming.interrupted import SPEC, end, refused, resume
from worker.engine import distill


def test_it_holds_what_it_says_and_no_teacher(content):
    assert set(content) == {
        "format", "sequence", "identity", "software", "phase", "teacher", "training", "narrator"
    }  # fmt: skip
    assert content["phase"] == "distil"
    assert set(content["teacher"]) == {"sha256", "trained"}
    assert json.dumps(content["teacher"])  # plain values only


def test_it_is_told_in_order_and_each_file_once(heard):
    saved = heard.all("checkpoint")
    best = [each.sequence for each in saved if each.best]

    assert [each.sequence for each in saved] == list(range(1, len(saved) + 1))
    assert [each.kind for each in saved].count("teacher") == 1
    assert best[0] == STEPS  # the end of the first epoch, the best so far


def names(*within, of):
    return [(*within, name) for name in of.split()]


FIELDS = [
    *names(of="format sequence identity software phase teacher training narrator"),
    *names("identity", of="spec dataset torch"),
    *names("software", of="device gpu cpu threads autocast ranks python torch"),
    *names("teacher", of="sha256 trained"),
    *names("teacher", "trained", of="best epochs steps seconds images_per_second stopped"),
    *names("teacher", "trained", "best", of="number loss fitness seconds"),
    *names("narrator", of="rows seconds elapsed"),
    *names("training", of="trainer position total seen past weights pace seconds"),
    *names("training", "pace", of="images seconds"),
    *names("training", "trainer", of="network optimizer scale regularizers terms tally steps"),
    *names("training", "trainer", "tally", of="names sums finite finite_steps images"),
    *names("training", "trainer", "regularizers", of="l2 dropout"),
    *names("training", "trainer", "terms", of="label learned_temperature"),
    *names("training", "trainer", "terms", "learned_temperature", of="theta"),
    *names("training", "trainer", "optimizer", of="state param_groups"),
]
SECONDS = names("narrator", "seconds", of="load_data teacher distil")  # of the report; they decide nothing


def test_these_are_all_of_its_fields(content):
    assert set(fields(content)) == {*FIELDS, *SECONDS}


@pytest.mark.parametrize("path", FIELDS, ids="/".join)
def test_without_any_of_its_fields_it_is_refused(path, content, store, data, tmp_path):
    torch.save(without(content, path), tmp_path / "less")

    refused(store, data, tmp_path / "out", training=tmp_path / "less")


def test_with_all_of_them_the_end_is_that_of_an_undisturbed_run(whole, data, tmp_path):
    distill(SPEC, tmp_path, data=data, reporter=Listener())

    assert end(tmp_path) == whole


def forget_moments(training):
    for moments in training["trainer"]["optimizer"]["state"].values():
        moments["exp_avg"].zero_()


def forget_statistics(training):
    for name, value in training["trainer"]["network"].items():
        if name.endswith("running_mean"):
            value.zero_()


def forget_losses(training):
    training["trainer"]["tally"]["sums"].zero_()


def forget_what_a_term_learned(training):
    training["trainer"]["terms"]["learned_temperature"]["theta"].fill_(1.0)  # as it was at first


def forget_images(training):
    training["trainer"]["tally"]["images"] = 0


@pytest.mark.parametrize(
    "forget",
    [forget_moments, forget_statistics, forget_losses, forget_what_a_term_learned, forget_images],
    ids=lambda forget: forget.__name__,
)
def test_with_other_values_the_end_is_another(forget, whole, store, data, tmp_path):
    content = torch.load(store / "training", weights_only=True)
    forget(content["training"])
    torch.save(content, tmp_path / "other")

    resume(store, data, tmp_path / "out", training=tmp_path / "other")

    assert end(tmp_path / "out") != whole


def test_the_best_weights_are_those_that_it_holds(store, data, tmp_path):
    content = torch.load(store / "training", weights_only=True)
    number, loss, _, *rest = content["training"]["past"][0]
    content["training"]["past"][0] = (number, loss, 2.0, *rest)  # no later epoch is better
    for value in content["training"]["weights"].values():
        value.zero_()
    torch.save(content, tmp_path / "other")

    resume(store, data, tmp_path / "out", training=tmp_path / "other")

    weights = load_file(tmp_path / "out" / "student.safetensors")
    assert not any(value.any() for value in weights.values())
