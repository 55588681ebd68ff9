"""torchvision's weights, fetched from a folder that stands for the one in the net."""

import functools
import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torchvision.models import mobilenet_v2

from core.spec.architectures import table
from tests.worker import near_fetch
from worker import fetch, pretrained

NAME = "mobilenet_v2"
FILE = f"{NAME}.pretrained.safetensors"


def put(folder, weights):
    """The weights as torchvision offers them: the name tells how the digest begins."""
    folder.mkdir()
    torch.save(weights, folder / "new")
    digest = hashlib.sha256((folder / "new").read_bytes()).hexdigest()
    return (folder / "new").rename(folder / f"{NAME}-{digest[:8]}.pth")


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A folder with weights; torchvision would look for files of these names."""
    folder = tmp_path / "mirror"
    monkeypatch.setattr(pretrained, "get_model_weights", near_fetch.of(folder))
    return folder


@pytest.fixture
def server(mirror):
    """A server of that folder."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=mirror)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def fetched(to, url, monkeypatch, capsys):
    monkeypatch.setenv("DISTILLERY_WEIGHTS_URL", url)
    status = fetch.main(["weights", NAME, "--to", str(to)])
    return status, capsys.readouterr()


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_what_is_offered_is_kept_as_trainers_take_it(scheme, mirror, server, tmp_path, monkeypatch, capsys):
    weights = mobilenet_v2().state_dict()
    put(mirror, weights)

    status, said = fetched(
        tmp_path / "to", server if scheme == "http" else f"file://{mirror}", monkeypatch, capsys
    )

    assert (status, said.out.splitlines()[-1]) == (0, str(tmp_path / "to" / FILE))
    assert [path.name for path in (tmp_path / "to").iterdir()] == [FILE]
    kept = load_file(tmp_path / "to" / FILE)
    assert all(torch.equal(kept[name], value) for name, value in weights.items())
    with safe_open(tmp_path / "to" / FILE, "pt") as file:
        facts = {name: json.loads(text) for name, text in file.metadata().items()}
    assert (facts["architecture"], facts["stem"], facts["num_classes"]) == (NAME, "imagenet", 1000)
    assert facts["weights"] == table()[NAME]["pretrained"]


def test_names_of_old_files_of_densenet_are_those_of_today():
    old = {"features.denseblock1.denselayer2.norm.1.weight": 1, "features.conv0.weight": 2}

    assert pretrained.renamed(old) == {
        "features.denseblock1.denselayer2.norm1.weight": 1,
        "features.conv0.weight": 2,
    }


def damaged(mirror):
    file = put(mirror, mobilenet_v2().state_dict())
    file.write_bytes(file.read_bytes()[:-1] + b"x")


def another(mirror):
    put(mirror, {"conv.weight": torch.zeros(2)})


def none_at_all(mirror):
    put(mirror, "no weights")


def gone(mirror):
    put(mirror, {}).rename(mirror / f"{NAME}-x.pth")
    (mirror / f"{NAME}-x.pth").unlink()
    (mirror / f"{NAME}-00000000.pth").symlink_to("nowhere")


@pytest.mark.parametrize("harm", [damaged, another, none_at_all, gone], ids=lambda harm: harm.__name__)
def test_what_can_t_be_had_is_said_with_a_way_out(harm, mirror, server, tmp_path, monkeypatch, capsys):
    harm(mirror)

    status, said = fetched(tmp_path / "to", server, monkeypatch, capsys)

    assert status == 1
    assert "weights_unavailable: " in said.err
    assert "DISTILLERY_WEIGHTS_URL" in said.err
    assert "Traceback" not in said.err
    assert list((tmp_path / "to").iterdir()) == []


def test_without_a_network_they_are_unavailable(tmp_path):
    environment = os.environ | {"DISTILLERY_WEIGHTS_URL": "http://127.0.0.1:9/models"}
    words = [sys.executable, "-m", "worker.fetch", "weights", NAME, "--to", str(tmp_path)]

    said = subprocess.run(words, env=environment, capture_output=True, text=True)

    assert said.returncode == 1
    assert said.stderr.startswith(f"weights_unavailable: the weights of {NAME} can't be downloaded")


@pytest.mark.parametrize("words", [["weights"], ["cifar10", NAME], ["weights", "vgg"]])
def test_what_to_fetch_must_be_said_in_full(words, capsys):
    with pytest.raises(SystemExit) as end:
        fetch.main(words)

    assert end.value.code == 2
