"""The students beside the checkpoints: what is left of a run that is cancelled while it does not run."""

import hashlib

import torch
from safetensors.torch import load_file

from tests.worker.engine.resuming.attempts import STEPS


def test_a_student_is_saved_from_its_first_epoch_on_and_the_best_once(heard):
    kinds = [each.kind for each in heard.all("checkpoint")]

    # One checkpoint at the end of the first epoch, and two more until the run is killed.
    assert [kind for kind in kinds if kind in ("best", "last")] == ["best", "last", "last", "last"]
    assert kinds[-7:] == ["best", "last", "training", "last", "training", "last", "training"]


def test_they_are_those_that_the_checkpoint_holds(heard, store, content):
    training = content["training"]

    best, last = load_file(store / "best"), load_file(store / "last")

    assert training["trainer"]["steps"] == STEPS + 2
    for found, weights in ((best, training["weights"]), (last, training["trainer"]["network"])):
        assert found.keys() == weights.keys()
        assert all(torch.equal(found[name], weights[name]) for name in found)


def test_the_digest_is_that_of_the_file(heard, store):
    newest = {each.kind: each for each in heard.all("checkpoint")}

    for kind, saved in newest.items():
        assert hashlib.sha256((store / kind).read_bytes()).hexdigest() == saved.sha256
