"""What a checkpoint holds, and what happens when it is damaged, foreign, or can't be written."""

import csv
import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from core import faults
from core.errors import CheckpointUnreadable
from core.spec import JobSpec
from tests.worker.engine.attempts import STEPS, fields, tiny, tiny_data, without
from tests.worker.engine.builders import Listener
from worker.engine import distill, fitting

SPEC = tiny(
    regularizers=[{"kind": "l2", "strength": 1e-3}, {"kind": "dropout"}],
    optimization={"optimizer": "adamw"},
    stopping={"patience_epochs": 2},
)


class Killed(BaseException):
    """As good as a kill: nothing of ours catches it."""


class Keeper(Listener):
    """Keeps copies of what it is told of; ends the run once it has the checkpoint of this step."""

    def __init__(self, store, until=None):
        super().__init__()
        self.store = store
        self.until = until

    def checkpoint(self, path, kind, sequence, best):
        super().checkpoint(path, kind, sequence, best)
        kept = shutil.move(path, self.store / ("teacher" if kind == "teacher" else "training"))
        if kind == "training" and self.until == step_of(torch.load(kept, weights_only=True)):
            raise Killed


def step_of(checkpoint):
    return checkpoint["phase"], checkpoint["training"] and checkpoint["training"]["trainer"]["steps"]


@pytest.fixture(scope="module", autouse=True)
def rare_reports():
    """One an epoch, so that a checkpoint in its middle holds losses that nobody has read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "REPORTS", 1)
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tiny_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def store(data, tmp_path_factory):
    """What a run leaves that was killed in the middle of the student's second epoch."""
    store = tmp_path_factory.mktemp("store")
    keeper = Keeper(store, until=("distil", STEPS + 2))
    with pytest.raises(Killed):
        distill(SPEC, store / "out", data=data, reporter=keeper, checkpoint_seconds=0.0)
    keeper.until = None
    return store


@pytest.fixture(scope="module")
def content(store):
    return torch.load(store / "training", weights_only=True)


def resume(store, data, out, *, spec=SPEC, training=None, teacher=None):
    listener = Listener()
    distill(
        spec, out, data=data, reporter=listener,
        resume=training or store / "training", teacher=teacher or store / "teacher",
    )  # fmt: skip
    return listener


def refused(*given, **named):
    with pytest.raises(CheckpointUnreadable) as raised:
        resume(*given, **named)
    return raised.value.detail


def test_it_holds_what_it_says_and_no_teacher(content):
    assert set(content) == {
        "format", "sequence", "identity", "software", "phase", "teacher", "training", "narrator"
    }  # fmt: skip
    assert content["phase"] == "distil"
    assert set(content["teacher"]) == {"sha256", "trained"}
    assert json.dumps(content["teacher"])  # plain values only


def test_it_is_told_in_order_and_each_file_once(data, tmp_path):
    keeper = Keeper(tmp_path)
    distill(SPEC, tmp_path / "out", data=data, reporter=keeper, checkpoint_seconds=0.0)

    told = keeper.all("checkpoint")
    assert [sequence for _, _, sequence, _ in told] == list(range(1, len(told) + 1))
    assert [kind for _, kind, _, _ in told].count("teacher") == 1
    best = [sequence for _, _, sequence, best in told if best]
    assert best  # the first epoch of each network was the best at its end
    assert not [path for path in (tmp_path / "out").iterdir() if "checkpoint" in path.name]


def names(*within, of):
    return [(*within, name) for name in of.split()]


FIELDS = [
    *names(of="format sequence identity software phase teacher training narrator"),
    *names("identity", of="spec dataset device autocast torch"),
    *names("software", of="device cpu threads python torch"),
    *names("teacher", of="sha256 trained"),
    *names("teacher", "trained", of="best epochs steps seconds images_per_second stopped"),
    *names("teacher", "trained", "best", of="number loss accuracy seconds"),
    *names("narrator", of="rows seconds elapsed"),
    *names("training", of="trainer position total seen past weights pace seconds"),
    *names("training", "pace", of="images seconds"),
    *names("training", "trainer", of="network optimizer regularizers tally steps"),
    *names("training", "trainer", "tally", of="names sums finite finite_steps images"),
    *names("training", "trainer", "regularizers", of="l2 dropout"),
    *names("training", "trainer", "optimizer", of="state param_groups"),
]
SECONDS = names("narrator", "seconds", of="load_data teacher distil")  # of the report; they decide nothing


def test_these_are_all_of_its_fields(content):
    assert set(fields(content)) == {*FIELDS, *SECONDS}


@pytest.mark.parametrize("path", FIELDS, ids="/".join)
def test_without_any_of_its_fields_it_is_refused(path, content, store, data, tmp_path):
    torch.save(without(content, path), tmp_path / "less")

    refused(store, data, tmp_path / "out", training=tmp_path / "less")


@pytest.fixture(scope="module")
def whole(store, data, tmp_path_factory):
    """The end of the run that goes on from the whole checkpoint."""
    out = tmp_path_factory.mktemp("whole")
    resume(store, data, out)
    return end(out)


def end(out):
    """The student, and the metrics without their seconds."""
    with (out / "metrics.csv").open() as file:
        metrics = [(row["name"], row["step"], row["epoch"], row["value"]) for row in csv.DictReader(file)]
    return (out / "student.safetensors").read_bytes(), metrics


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


def forget_images(training):
    training["trainer"]["tally"]["images"] = 0


@pytest.mark.parametrize(
    "forget",
    [forget_moments, forget_statistics, forget_losses, forget_images],
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
    number, loss, _, seconds = content["training"]["past"][0]
    content["training"]["past"][0] = (number, loss, 2.0, seconds)  # no later epoch is better
    for value in content["training"]["weights"].values():
        value.zero_()
    torch.save(content, tmp_path / "other")

    resume(store, data, tmp_path / "out", training=tmp_path / "other")

    weights = load_file(tmp_path / "out" / "student.safetensors")
    assert not any(value.any() for value in weights.values())


def cut(raw):
    return raw[: len(raw) // 2]


def flip(raw):
    return raw[: len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1 :]


@pytest.mark.parametrize("damage", [cut, flip, lambda raw: b"", lambda raw: b"no checkpoint"])
def test_a_damaged_one_is_refused(damage, store, data, tmp_path):
    (tmp_path / "damaged").write_bytes(damage((store / "training").read_bytes()))

    said = refused(store, data, tmp_path / "out", training=tmp_path / "damaged")

    assert said.startswith("damaged can't be resumed from")


def test_one_that_would_run_code_is_refused(store, data, tmp_path):
    torch.save({"format": Killed}, tmp_path / "code")

    refused(store, data, tmp_path / "out", training=tmp_path / "code")


def test_one_that_is_not_there_is_refused(store, data, tmp_path):
    refused(store, data, tmp_path / "out", training=tmp_path / "nothing")


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"seed": 1}, "spec"), ({"optimization": {"epochs": 3}}, "spec"), ({"name": "x"}, None)],
)
def test_one_of_another_spec_is_refused(changed, said, store, data, tmp_path):
    document = SPEC.model_dump(mode="json")
    for name, value in changed.items():
        document[name] = {**document[name], **value} if isinstance(value, dict) else value
    spec = JobSpec.model_validate(document)

    if said is None:  # a name has no effect
        resume(store, data, tmp_path, spec=spec)
    else:
        assert f"another run: {said} differ" in refused(store, data, tmp_path, spec=spec)


def test_one_of_another_data_set_is_refused(store, data, tmp_path):
    other = load_file(data / "cifar10.safetensors")
    other["train_images"][0, 0, 0, 0] ^= 1
    save_file(other, tmp_path / "cifar10.safetensors", {"classes": '["a", "b", "c", "d"]'})

    assert "dataset differ" in refused(store, tmp_path, tmp_path / "out")


def test_another_torch_is_told_but_no_obstacle(content, store, data, tmp_path):
    software = {**content["software"], "torch": "2.0.0"}
    torch.save({**content, "software": software}, tmp_path / "older")

    listener = resume(store, data, tmp_path / "out", training=tmp_path / "older")

    assert ("warning", f"resumed with another torch: {torch.__version__}, before 2.0.0") in listener.all(
        "log"
    )


@pytest.mark.parametrize("which", ["missing", "other"])
def test_it_needs_the_very_teacher_that_it_names(which, store, data, tmp_path):
    teacher = tmp_path / "teacher"
    if which == "other":
        teacher.write_bytes(flip((store / "teacher").read_bytes()))

    refused(store, data, tmp_path / "out", teacher=teacher)


def run_with(fault, data, out):
    """A run in which a checkpoint can't be written, and what is left of it."""
    listener = Listener()
    faults.arm(fault)
    try:
        distill(SPEC, out, data=data, reporter=listener, checkpoint_seconds=0.0)
    finally:
        faults.arm(None)
    return listener


@pytest.mark.parametrize("point", ["write", "rename", "sync"])
def test_a_full_disk_costs_one_checkpoint_and_leaves_nothing_half_written(point, whole, data, tmp_path):
    listener = run_with(f"checkpoint.{point}:3:raise", data, tmp_path)

    ((level, message),) = [log for log in listener.all("log") if "lost" in log[1]]
    assert (level, message[:20]) == ("error", "checkpoint 3 is lost")
    told = {path.name for path, *_ in listener.all("checkpoint")}
    assert {path.name for path in tmp_path.glob("*-0*")} == told
    assert not list(tmp_path.glob(".*"))
    assert "checkpoint-000003.pt" not in told
    assert end(tmp_path) == whole


def test_a_teacher_that_could_not_be_written_is_written_with_the_next_checkpoint(data, tmp_path):
    before = STEPS * 2 - 1  # checkpoints while the teacher learns

    listener = run_with(f"checkpoint.write:{before + 1}:raise", data, tmp_path)

    kinds = [(kind, sequence) for _, kind, sequence, _ in listener.all("checkpoint")][before:]
    assert kinds[:2] == [("teacher", before + 2), ("training", before + 3)]
