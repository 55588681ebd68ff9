"""A checkpoint that is damaged, or of another run, is refused: nothing starts anew in silence."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.spec import JobSpec
from tests.worker.engine.builders import a_material
from tests.worker.engine.resuming.attempts import tiny
from tests.worker.engine.resuming.interrupted import SPEC, Killed, refused, resume
from worker.engine.checkpoint import identity


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


def test_whether_a_step_is_compiled_makes_no_other_run():
    """It only rounds otherwise; and a run may have begun before there was the choice."""
    compiled, interpreted = (
        identity(tiny(optimization={"compile": chosen}), a_material()) for chosen in ("on", "off")
    )

    assert compiled == interpreted


def test_one_from_before_a_field_of_the_spec_was_there_is_taken(content, store, data, tmp_path):
    document = json.loads(content["identity"]["spec"])
    del document["exports"], document["optimization"]["momentum"]  # as if they were new, with these defaults
    older = {**content["identity"], "spec": json.dumps(document)}
    torch.save({**content, "identity": older}, tmp_path / "older")

    assert resume(store, data, tmp_path / "out", training=tmp_path / "older").all("result")


def test_one_of_another_data_set_is_refused(store, data, tmp_path):
    other = load_file(data / "cifar10.safetensors")
    other["train_images"][0, 0, 0, 0] ^= 1
    save_file(other, tmp_path / "cifar10.safetensors", {"classes": '["a", "b", "c", "d"]'})

    assert "dataset differ" in refused(store, tmp_path, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "before", "now"),
    [("torch", "2.0.0", torch.__version__), ("device", "cuda", "cpu"), ("gpu", "NVIDIA H200", "none")],
)
def test_another_torch_or_device_is_told_but_no_obstacle(name, before, now, content, store, data, tmp_path):
    torch.save({**content, "software": {**content["software"], name: before}}, tmp_path / "elsewhere")

    listener = resume(store, data, tmp_path / "out", training=tmp_path / "elsewhere")

    assert ("warning", f"resumed with another {name}: {now}, before {before}") in listener.all("log")


@pytest.mark.parametrize("which", ["missing", "other"])
def test_it_needs_the_very_teacher_that_it_names(which, store, data, tmp_path):
    teacher = tmp_path / "teacher"
    if which == "other":
        teacher.write_bytes(flip((store / "teacher").read_bytes()))

    refused(store, data, tmp_path / "out", teacher=teacher)
