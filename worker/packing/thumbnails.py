"""A few images of each class, as the network will see them."""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from worker.packing.packed_file import PackedFile

LARGEST = 96  # pixels
A_CLASS, IN_ALL = 4, 200


def thumbnails(packed: PackedFile) -> list[dict[str, Any]]:
    """From the training images that were written, evenly spread over each class; their labels are sorted."""
    names = packed.class_names[:IN_ALL]
    each = max(1, min(A_CLASS, IN_ALL // len(names)))
    bounds = np.searchsorted(packed.labels["train"], range(len(names) + 1)).tolist()
    found = []
    for name, first, after in zip(names, bounds, bounds[1:], strict=False):
        for row in sorted({first + (after - first) * part // each for part in range(each)}):
            packed.file.seek(packed.images_at + row * packed.image_bytes)
            png = _png(packed.file.read(packed.image_bytes), packed.side)
            found.append({"class": name, "row": row, "png": png})
    return found


def _png(pixels: bytes, side: int) -> str:
    image = Image.frombytes("RGB", (side, side), pixels)
    image.thumbnail((LARGEST, LARGEST))
    content = io.BytesIO()
    image.save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()
