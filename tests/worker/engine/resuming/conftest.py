"""What a run leaves that was killed in the middle of the student's second epoch."""

import pytest
import torch

from tests.worker.engine.resuming.attempts import STEPS, tiny_data
from tests.worker.engine.resuming.interrupted import SPEC, Keeper, Killed, end, resume
from worker.engine import distill, fitting


@pytest.fixture(scope="package", autouse=True)
def rare_reports():
    """One an epoch, so that a checkpoint in its middle holds losses that nobody has read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "REPORTS", 1)
        yield


@pytest.fixture(scope="package")
def data(tmp_path_factory):
    return tiny_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="package")
def heard(data, tmp_path_factory):
    """What a run says that is killed in the middle of the student's second epoch."""
    store = tmp_path_factory.mktemp("store")
    keeper = Keeper(store, until=("distil", STEPS + 2))
    with pytest.raises(Killed):
        distill(SPEC, store / "out", data=data, reporter=keeper, checkpoint_seconds=0.0)
    return keeper


@pytest.fixture(scope="package")
def store(heard):
    """What that run leaves."""
    return heard.store


@pytest.fixture(scope="package")
def content(store):
    return torch.load(store / "training", weights_only=True)


@pytest.fixture(scope="package")
def whole(store, data, tmp_path_factory):
    """The end of the run that goes on from the whole checkpoint."""
    out = tmp_path_factory.mktemp("whole")
    resume(store, data, out)
    return end(out)
