"""A run that starts from given weights goes on from its checkpoints as any other, and from no others."""

import pytest

from core.errors import CheckpointUnreadable
from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import STEPS, tiny
from tests.worker.engine.resuming.interrupted import Keeper, Killed, end
from worker.engine import distill
from worker.engine.given import Files

ID = "model_01M7ZQEM9ZS08WD84ZQSJRHJFV"
GIVEN = tiny(teacher={"source": ID}, student={"source": ID})
FOUND = tiny()  # a teacher that should be trained, and need not


@pytest.fixture(scope="module")
def origin(data, tmp_path_factory):
    """A run whose networks the others start from."""
    out = tmp_path_factory.mktemp("origin")
    distill(FOUND, out, data=data, reporter=Listener())
    return out


def weights(origin, spec):
    teacher, student = (origin / f"{role}.safetensors" for role in ("teacher", "student"))
    return Files(teacher, student if spec is GIVEN else None, {"teacher": {"kind": "reused", "model": ID}})


@pytest.fixture(params=[GIVEN, FOUND], ids=["given", "found"])
def spec(request):
    return request.param


@pytest.fixture(params=[0, STEPS + 1], ids=["start", "middle"])
def store(request, spec, data, origin, tmp_path):
    """What a run leaves that is killed before the student's first step, or in its second epoch."""
    keeper = Keeper(tmp_path, until=("distil", request.param))
    with pytest.raises(Killed):
        distill(
            spec, tmp_path / "killed", data=data, reporter=keeper, checkpoint_seconds=0.0,
            weights=weights(origin, spec),
        )  # fmt: skip
    return tmp_path


def go_on(spec, data, store, files):
    listener = Listener()
    report = distill(
        spec, store / "out", data=data, reporter=listener, weights=files,
        resume=store / "training", teacher=store / "teacher",
    )  # fmt: skip
    return report, listener


def test_it_ends_as_if_nothing_had_happened(spec, store, data, origin, tmp_path):
    straight = distill(
        spec, tmp_path / "straight", data=data, reporter=Listener(), weights=weights(origin, spec)
    )
    # What was found is not looked for again: the checkpoint has it.
    report, listener = go_on(spec, data, store, weights(origin, spec) if spec is GIVEN else Files())

    assert end(store / "out") == end(tmp_path / "straight")
    assert report["teacher"]["source"] == straight["teacher"]["source"]
    assert report["teacher"]["source"]["kind"] == "reused"
    fractions = [one.fraction for one in listener.all("progress")]
    assert fractions == sorted(fractions)


@pytest.mark.parametrize("role", ["teacher", "student"])
def test_other_weights_than_it_began_with_are_refused(role, data, origin, tmp_path):
    keeper = Keeper(tmp_path, until=("distil", 1))
    with pytest.raises(Killed):
        distill(
            GIVEN, tmp_path / "killed", data=data, reporter=keeper, checkpoint_seconds=0.0,
            weights=weights(origin, GIVEN),
        )  # fmt: skip
    other = tmp_path / "other.safetensors"
    content = (origin / f"{role}.safetensors").read_bytes()
    other.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    files = {
        "teacher": origin / "teacher.safetensors",
        "student": origin / "student.safetensors",
        role: other,
    }

    with pytest.raises(CheckpointUnreadable, match=f"another run: {role}_weights differ"):
        go_on(GIVEN, data, tmp_path, Files(**files))
