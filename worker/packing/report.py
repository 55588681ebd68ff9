"""What a person sees of a data set: counts, sizes, formats, equal images, and what was passed over."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from worker.packing.layout import Layout
from worker.packing.names import shown
from worker.packing.packed_file import PackedFile, Part
from worker.packing.reading import Reading
from worker.packing.source import Source

Report = dict[str, Any]

FORMAT = 1  # of the report
MOST_PAIRS, MOST_IGNORED, MOST_GUESSED = 50, 20, 20


def of_source(source: Source, found: Layout) -> Report:
    """What is known from names and sizes alone."""
    files = [*found.train, *found.test]
    return {
        "format": FORMAT,
        "class_names": list(found.class_names),
        "layout": found.in_words,
        "ignored": {
            "count": len(found.ignored),
            "names": [shown(name) for name in found.ignored[:MOST_IGNORED]],
        },
        "names_read_as_cp437": {
            "count": len(source.guessed),
            "names": [shown(name) for name in source.guessed[:MOST_GUESSED]],
        },
        "bytes": {"source": source.size, "files": sum(file.size for file, _ in files)},
    }


def of_images(packed: PackedFile, reading: Reading) -> Report:
    """What was counted while they were written."""
    return {
        "digest": packed.digest(),
        "splits": {part: _split(packed, labels) for part, labels in packed.labels.items()},
        "sizes": reading.shapes.sizes(),
        "formats": reading.shapes.formats(),
        "duplicates": _duplicates(packed, reading),
    }


def _split(packed: PackedFile, labels: Sequence[int]) -> Report | None:
    if not labels:
        return None
    counts = np.bincount(labels, minlength=len(packed.class_names)).tolist()
    return {"images": len(labels), "per_class": dict(zip(packed.class_names, counts, strict=True))}


def _duplicates(packed: PackedFile, reading: Reading) -> Report:
    """Test images that were trained on make a result look better than it is: the first are told by name."""
    common = reading.twins["test"].also_in(reading.twins["train"])
    within: dict[Part, int] = {part: twins.repeated() for part, twins in reading.twins.items()}
    pairs = [
        {"test": shown(reading.names["test"][test]), "train": shown(reading.names["train"][train])}
        for test, train in common[:MOST_PAIRS]
    ]
    return {
        "across_splits": {"count": len(common), "pairs": pairs},
        "within_splits": within,
        "across_classes": _across_classes(packed, reading),
    }


def _across_classes(packed: PackedFile, reading: Reading) -> Report:
    """Equal images that are called otherwise: at most one of their classes is right."""
    parts: tuple[Part, ...] = ("train", "test")
    names = [name for part in parts for name in reading.names[part]]
    labels = np.array([label for part in parts for label in packed.labels[part]], dtype=np.int64)
    hashes = np.concatenate([reading.twins[part].hashes() for part in parts])
    _, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    others = np.flatnonzero(labels != labels[first[which]])
    pairs = [
        {"file": shown(names[other]), "as": shown(names[first[which[other]]])}
        for other in others[:MOST_PAIRS]
    ]
    return {"count": len(others), "pairs": pairs}
