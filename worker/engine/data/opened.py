"""Open a packed data set."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from core.errors import DatasetUnavailable, DatasetUnreadable

LAID_READY = "A worker lays it ready for the jobs it runs; the engine alone is told by --data."


@contextmanager
def opened(name: str, data: Path | None, hint: str = LAID_READY) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The file `<data>/<name>.safetensors` and its metadata.

    raises DatasetUnavailable where there is none; what is wrong inside is told as DatasetUnreadable
    """
    path = None if data is None else data / f"{name}.safetensors"
    if path is None or not path.is_file():
        where = f": there is no {path}" if path else ""
        raise DatasetUnavailable(f"{name} is not on this machine{where}", hint=hint)
    try:
        with safe_open(path, framework="pt") as file:
            yield file, {key: json.loads(text) for key, text in (file.metadata() or {}).items()}
    except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
        raise DatasetUnreadable(f"{path} can't be read: {error}") from error


def title(name: str, data: Path | None) -> str:
    """What a person calls the set: the text in `<data>/<name>.title`, else its name."""
    path = None if data is None else data / f"{name}.title"
    return path.read_text(encoding="utf-8") if path is not None and path.is_file() else name
