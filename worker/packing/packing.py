"""The story of a packing on one page: files → splits and classes → size → pixels → packed file, report."""

from collections import Counter
from pathlib import Path

from core.errors import ArchiveRefused, DatasetUnreadable
from worker.packing import images, report
from worker.packing.corrupt import Corrupt
from worker.packing.folder_source import FolderSource
from worker.packing.layout import layout
from worker.packing.limits import Limits
from worker.packing.names import shown
from worker.packing.packed_file import PackedFile, staged
from worker.packing.reading import Reading, Resize
from worker.packing.report import Report
from worker.packing.source import Source
from worker.packing.survey import choose_side
from worker.packing.thumbnails import thumbnails
from worker.packing.zip_source import ZipSource

FEWEST = 3  # training images of a class: one to learn from, one to validate with, one to test with


def pack(
    path: Path, out: Path, told: Report, limits: Limits, image_size: int | None, resize: Resize,
    names_encoding: str | None,
) -> None:  # fmt: skip
    """Write the images of a zip or a folder into one file.

    told    is filled with what is found out, as it is found out: also that of a set that is then refused

    raises ArchiveRefused, DatasetUnreadable
    """
    source = _source(path, limits, names_encoding)
    found = layout(source.files, limits.classes)
    files = [*found.train, *found.test]
    side, why = (image_size, "as it was asked for") if image_size else choose_side(source, files)
    resized = images.in_words(side, resize)
    told |= report.of_source(source, found) | {"image_size": side, "image_size_rule": why, "resize": resized}
    _must_fit(len(files), side, limits)
    corrupt = Corrupt(len(files), limits.corrupt_share)
    told["corrupt"] = corrupt.told
    with staged(out) as file:
        packed = PackedFile(file, side, len(files), found.class_names)
        reading = Reading(source, packed, resize, corrupt)
        reading.read("train", found.train)
        reading.read("test", found.test)
        corrupt.judge()
        told |= report.of_images(packed, reading)
        _enough(packed)
        mean, std = reading.values.mean_and_std()
        packed.close({"mean": mean, "std": std, "resize": resized})
        told |= {"mean": mean, "std": std, "thumbnails": thumbnails(packed)}
    told["bytes"]["packed"] = out.stat().st_size


def _source(path: Path, limits: Limits, names_encoding: str | None) -> Source:
    return FolderSource(path, limits) if path.is_dir() else ZipSource(path, limits, names_encoding)


def _must_fit(count: int, side: int, limits: Limits) -> None:
    if count * side * side * 3 > limits.packed_bytes:
        raise ArchiveRefused(
            f"{count:,} images of {side} px would take more than {limits.packed_bytes:,} bytes",
            hint="Ask for a smaller image_size.",
        )


def _enough(packed: PackedFile) -> None:
    counts = Counter(packed.labels["train"])
    for label, name in enumerate(packed.class_names):
        if counts[label] < FEWEST:
            raise DatasetUnreadable(
                f"the class {shown(name)} has {counts[label]} training images that can be read",
                hint=f"Give every class {FEWEST} training images or more.",
            )
