"""Networks as their safetensors files describe them; the last used ones stay in memory."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import nn

from core.errors import DigestMismatch
from core.files import FileStore
from core.spec.reuse import Reuse
from worker.engine import registry
from worker.engine.data.normalization import Normalization, Normalizer
from worker.engine.models.projector import with_projector
from worker.packing import images

CPU = torch.device("cpu")
MOST_NETWORKS = 8
MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class Ready:
    """A network in evaluation mode, and what must be known to ask it.

    resize    how an image of another size or ratio becomes a square of this side: crop or squash
    """

    network: nn.Module
    normalize: Normalizer
    class_names: tuple[str, ...]
    side: int
    resize: str
    bytes: int


class Networks:
    """Reads each network once; of those not used lately, as many are let go as there is no room for."""

    def __init__(self, files: FileStore, most: int = MOST_NETWORKS, most_bytes: int = MOST_BYTES) -> None:
        self._files = files
        self._most = most
        self._most_bytes = most_bytes
        self._held: OrderedDict[str, Ready] = OrderedDict()

    def get(self, digest: str) -> Ready:
        """The network of this file.

        NotFound, DigestMismatch    it is gone from the store, or damaged
        """
        found = self._held.pop(digest, None) or read(self._files.path(digest), digest)
        self._held[digest] = found
        while len(self._held) > self._most or self._bytes() > self._most_bytes:
            self._held.popitem(last=False)
        return found

    def _bytes(self) -> int:
        return sum(ready.bytes for ready in self._held.values())


def read(path: Path, digest: str) -> Ready:
    """The network in a file that the engine has written."""
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
            raise DigestMismatch(f"the stored file {digest} is damaged")
    with safe_open(path, framework="pt") as file:
        facts = {name: json.loads(text) for name, text in file.metadata().items()}
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    network = _built(facts)
    network.load_state_dict(weights)
    normalization = Normalization(tuple(facts["mean"]), tuple(facts["std"]))
    return Ready(
        network=_placed(network),
        normalize=normalization.to(CPU),
        class_names=tuple(facts["class_names"]),
        side=facts["image_size"],
        resize=_rule(facts),
        bytes=path.stat().st_size,
    )


def _built(facts: Mapping[str, Any]) -> nn.Module:
    """With a projector where it answers with the classifier of another network; older files don't say."""
    architecture = registry.ARCHITECTURES[facts["architecture"]]
    network = architecture.build(facts["num_classes"], facts["width"], facts["stem"])
    if (told := facts.get("projector")) is None:
        return network
    return with_projector(network, architecture, Reuse(**told))


def _placed(network: nn.Module) -> nn.Module:
    """As the engine evaluates it: the same layout in memory, the same bits in its answers."""
    placed: nn.Module = network.eval().to(memory_format=torch.channels_last)
    return placed


def _rule(facts: Mapping[str, Any]) -> str:
    """How the set was resized, which the metadata says in words; of one that was not, it says others."""
    return "squash" if facts["resize"] == images.in_words(facts["image_size"], "squash") else "crop"
