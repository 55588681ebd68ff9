"""student.pt2: a program of torch.export, which runs without torchvision and without our code."""

import io

import torch
from torch import Tensor

from core.spec.exports import TorchExport
from worker.engine.exports.export import Answering, Compared, differs
from worker.engine.exports.files import json_bytes
from worker.engine.exports.subject import Subject

FACTS = "metadata.json"  # within the file; torch.export.load gives it back


class TorchExportExport:
    """The operations with their weights, as torch.export.load reads them."""

    file = "student.pt2"

    def __init__(self, spec: TorchExport) -> None:
        """There is nothing to choose."""

    def make(self, subject: Subject) -> bytes:
        content = io.BytesIO()
        facts = json_bytes(subject.facts).decode()
        torch.export.save(subject.program, content, extra_files={FACTS: facts})
        return content.getvalue()

    def open(self, content: bytes) -> Answering:
        network = torch.export.load(io.BytesIO(content)).module()

        @torch.no_grad()
        def answer(inputs: Tensor) -> Tensor:
            logits: Tensor = network(inputs.cpu().contiguous())
            return logits

        return answer

    def complaint(self, compared: Compared) -> str | None:
        return differs(compared)
