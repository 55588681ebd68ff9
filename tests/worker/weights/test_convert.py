"""Weights of torch's own format become safetensors, on the machine of whoever has them."""

import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

from tests.worker.weights.conftest import Reader
from tests.worker.weights.files import weights
from worker import convert


class Harmful:
    """What a pickle can do to whoever loads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def saved(folder: Path, content: Any) -> Path:
    path = folder / "model.pt"
    torch.save(content, path)
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What it says."""
    assert convert.main([str(argument) for argument in arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    return err


WRAPPED = {
    "plain": lambda: weights(),
    "in a checkpoint": lambda: {"state_dict": weights(), "epoch": 3, "optimizer": {"lr": 0.1}},
    "as a model": lambda: {"model": weights()},
    "of data parallel training": lambda: {f"module.{name}": value for name, value in weights().items()},
    "compiled": lambda: {"model": {f"module._orig_mod.{name}": v for name, v in weights().items()}},
}


@pytest.mark.parametrize("how", WRAPPED)
def test_weights_are_found_wherever_they_stand(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(tmp_path, WRAPPED[how]())

    status = convert.main([str(path)])

    found = load_file(tmp_path / "model.safetensors")
    assert (status, capsys.readouterr().out) == (0, f"{tmp_path / 'model.safetensors'}\n")
    assert found.keys() == weights().keys()
    assert all(torch.equal(value, weights()[name]) for name, value in found.items())


def test_what_is_converted_is_taken_by_the_service(reader: Reader, tmp_path: Path) -> None:
    path, out = saved(tmp_path, weights()), tmp_path / "out.safetensors"
    words = ["--out", str(out), "--architecture", "mobilenet_v2", "--classes", "cat, dog,fox"]

    assert convert.main([str(path), *words]) == 0

    report = reader(out.read_bytes()).report
    assert (report["architecture"], report["class_names"]) == ("mobilenet_v2", ["cat", "dog", "fox"])
    with safe_open(out, framework="pt") as file:
        assert json.loads(file.metadata()["class_names"]) == ["cat", "dog", "fox"]


def test_views_and_shared_memory_become_tensors_of_their_own(tmp_path: Path) -> None:
    shared = torch.arange(12.0).reshape(3, 4)
    path = saved(
        tmp_path, {"a": shared, "b": shared, "c": shared.t(), "d": shared.to_sparse().to_dense()[1:]}
    )

    assert convert.main([str(path)]) == 0

    assert torch.equal(load_file(tmp_path / "model.safetensors")["c"], shared.t())


def test_a_pickle_that_does_more_is_not_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, {"state_dict": Harmful(tmp_path / "harm")})

    assert "holds no weights alone" in refused(capsys, path)
    assert not (tmp_path / "harm").exists()
    assert not (tmp_path / "model.safetensors").exists()


def test_what_is_more_than_data_is_named_in_plain_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, saved(tmp_path, {"state_dict": weights(), "args": Namespace(epochs=3)}))

    assert "holds no weights alone (argparse.Namespace is in it, too); save them anew" in said
    assert said.removesuffix("\n").isprintable()  # torch writes parts of its own in bold


def test_a_whole_module_is_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "torch.save(model.state_dict(), path)" in refused(capsys, saved(tmp_path, nn.Linear(2, 2)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([1, 2], "holds no state dict"),
        ({}, "holds no state dict"),
        ({"state_dict": {}}, "holds no state dict"),
        ({"epoch": 3}, "something else than weights under 'epoch'"),
        ({1: torch.zeros(1)}, "something else than weights under '1'"),
    ],
)
def test_what_holds_no_weights_is_refused(
    content: Any, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reason in refused(capsys, saved(tmp_path, content))


@pytest.mark.parametrize("content", [b"", b"no pickle", b"PK\3\4" + bytes(50), b"\x80\x02."])
def test_what_torch_can_t_read_is_refused(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(content)

    assert "holds no weights alone" in refused(capsys, path)


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "none.pt: No such file" in refused(capsys, tmp_path / "none.pt")


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, weights())
    (tmp_path / "model.safetensors").write_bytes(b"mine")

    assert "--out" in refused(capsys, path)
    assert (tmp_path / "model.safetensors").read_bytes() == b"mine"


def test_without_torch_it_says_what_to_install(tmp_path: Path) -> None:
    path = saved(tmp_path, weights())
    blocked = (
        "import sys; sys.modules['safetensors.torch'] = None; sys.modules['torch'] = None; "
        "from worker.convert import main; sys.exit(main())"
    )

    ended = subprocess.run([sys.executable, "-c", blocked, str(path)], capture_output=True, text=True)

    assert ended.returncode == 1
    assert ended.stderr.startswith("error: this needs torch and safetensors")
