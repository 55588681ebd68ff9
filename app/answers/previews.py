"""What a look into a data set shows: photographs of pets, one of them broken, one of them there twice."""

from typing import Any

from app.answers.rows import DIGEST

CLASSES = ["cat", "dog"]
SIDE = 64
RESIZE = (
    f"the central square resized to {SIDE} x {SIDE} pixels (bilinear, antialiased); transparency on white"
)
COLOURS: dict[str, Any] = {"mean": [0.49, 0.45, 0.41], "std": [0.25, 0.24, 0.25]}
PREVIEW: dict[str, Any] = {
    "format": 1,
    "class_names": CLASSES,
    "layout": "test is test; train is train",
    "ignored": {"count": 1, "names": ["README.txt"]},
    "names_read_as_cp437": {"count": 0, "names": []},
    "bytes": {"source": 12_582_912, "files": 12_511_744, "packed": 6_022_144},
    "image_size": SIDE,
    "image_size_rule": "as it was asked for",
    "resize": RESIZE,
    "corrupt": {"count": 1, "files": [{"name": "train/dog/17.jpg", "reason": "it is cut short"}]},
    "digest": DIGEST,
    "splits": {
        "train": {"images": 400, "per_class": {"cat": 200, "dog": 200}},
        "test": {"images": 90, "per_class": {"cat": 45, "dog": 45}},
    },
    "sizes": {
        "different": 2,
        "smallest": [500, 375],
        "largest": [1024, 768],
        "most_common": [
            {"width": 500, "height": 375, "images": 472},
            {"width": 1024, "height": 768, "images": 18},
        ],
    },
    "formats": {"JPEG": 489, "PNG": 1},
    "duplicates": {
        "across_splits": {"count": 1, "pairs": [{"test": "test/cat/3.jpg", "train": "train/cat/12.jpg"}]},
        "within_splits": {"train": 0, "test": 0},
        "across_classes": {"count": 0, "pairs": []},
    },
    **COLOURS,
    "thumbnails": [
        {"class": "cat", "row": 0, "png": "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJ…"},
        {"class": "dog", "row": 200, "png": "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJ…"},
    ],
}
