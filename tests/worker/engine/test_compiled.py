"""A compiled step: as the interpreted one but for rounding, to the same bits from any state."""

import os
import shutil
import subprocess
import sys

import pytest
import torch

from tests.worker.engine.builders import a_job, a_material, a_network, a_trainer, same_bits, the_batches
from tests.worker.engine.listener import Listener
from worker.engine.answering import Plain
from worker.engine.compiled import Compiled, compiled
from worker.engine.narrator import Narrator
from worker.engine.scratch import scratch

COMPILER = shutil.which(os.environ.get("CXX", "g++"))
needs_a_compiler = pytest.mark.skipif(COMPILER is None, reason="not shown: this machine has no C++ compiler")
SIZE = 16
COMPILED = a_job(optimization={"compile": "on", "batch_size": SIZE})
INTERPRETED = a_job(optimization={"compile": "off", "batch_size": SIZE})


@pytest.fixture(scope="module", autouse=True)
def kept(tmp_path_factory):
    """What one test compiles the next one finds."""
    with scratch(tmp_path_factory.mktemp("out")):
        yield


def a_narrator(listener=None):
    return Narrator(listener or Listener(), {"distil": 1})


def the_trainer(spec=COMPILED, **changes):
    trainer = a_trainer(**changes)
    trainer.tapped = compiled(spec, a_material(), trainer.network, Plain(trainer.network), a_narrator())
    return trainer


def train(trainer, steps):
    for batch in list(the_batches(size=SIZE).epoch(1))[:steps]:
        trainer.step(batch)
    return {name: value.clone() for name, value in trainer.network.state_dict().items()}


@needs_a_compiler
def test_the_step_is_the_same_but_for_rounding():
    own, other = the_trainer(), the_trainer(INTERPRETED)

    assert isinstance(own.tapped, Compiled)
    interpreted = train(other, 4)
    for name, value in train(own, 4).items():
        torch.testing.assert_close(value, interpreted[name], rtol=1e-4, atol=1e-5)


def test_to_compile_moves_nothing():
    trainer = the_trainer()

    assert same_bits(trainer.network.state_dict(), a_network().state_dict())
    assert all(parameter.grad is None for parameter in trainer.network.parameters())


@needs_a_compiler
def test_it_goes_on_from_a_state_to_the_same_bits():
    straight = train(the_trainer(), 4)
    first = the_trainer()
    train(first, 2)

    second = the_trainer()
    second.restore(first.state())
    for batch in list(the_batches(size=SIZE).epoch(1))[2:]:
        second.step(batch)

    assert same_bits(second.network.state_dict(), straight)


@needs_a_compiler
def test_a_batch_of_another_size_is_answered_as_ever():
    trainer = the_trainer()
    images = a_material().example(SIZE - 3)

    answered, _ = trainer.tapped(images)

    assert torch.equal(answered, trainer.network(images))


def test_nothing_is_compiled_unless_the_spec_says_so():
    ear = Plain(a_network())

    assert compiled(INTERPRETED, a_material(), ear.network, ear, a_narrator()) is ear


WITHOUT = """
from tests.worker.engine.test_compiled import *
listener, ear = Listener(), Plain(a_network())
assert compiled(COMPILED, a_material(), ear.network, ear, a_narrator(listener)) is ear
print(listener.all("log"))
"""


def test_without_a_compiler_the_step_is_interpreted_and_the_log_says_so(tmp_path):
    """In a process of its own: what was compiled before needs none."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True,
        env=os.environ | {"CXX": "/bin/false", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip

    assert "the step is not compiled: InvalidCxxCompiler" in done.stdout
