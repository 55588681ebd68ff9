"""python verify_student.py STUDENT.safetensors: measure a student of `digits.json` with none of our code.

Builds torchvision's own network, loads the file, and prints the accuracy on the test images that the file
names, and the largest absolute weight of its convolutions and linear layers.
"""

import json
import sys
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torchvision.models import get_model


def read(path: str) -> tuple[nn.Module, dict[str, Any]]:
    """The network with its weights, and the facts in the file's header, each of them JSON."""
    with safe_open(path, framework="pt") as file:
        facts = {name: json.loads(text) for name, text in file.metadata().items()}
    built = facts["torchvision"]
    student: nn.Module = get_model(built["builder"], **built["arguments"])
    for name, (kind, arguments) in built["replaced"].items():  # first layers for small images
        student.set_submodule(name, getattr(nn, kind)(**arguments))
    student.load_state_dict(load_file(path))
    return student.eval(), facts


def test_images(facts: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """The scans of these rows as 32 × 32 colour images, normalised, and their labels."""
    digits, rows = load_digits(), facts["test_rows"]
    pixels = torch.from_numpy(digits.images[rows]).mul(255 / 16).round().float()
    images = pixels.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2)[:, None].expand(-1, 3, -1, -1)
    mean, std = (torch.tensor(facts[name])[:, None, None] for name in ("mean", "std"))
    return (images / 255 - mean) / std, torch.from_numpy(digits.target[rows])


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    student, facts = read(sys.argv[1])
    images, labels = test_images(facts)
    with torch.no_grad():
        correct = (student(images).argmax(dim=1) == labels).sum().item()
    layers = [module for module in student.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    print(f"accuracy {correct / len(labels)!r}")
    print(f"correct {correct} of {len(labels)}")
    print(f"largest_weight {max(layer.weight.abs().max().item() for layer in layers)!r}")


if __name__ == "__main__":
    main()
