"""Data sets of your own."""

import time
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Literal, Self
from urllib.parse import quote

from app.client.deadline import Deadline
from app.client.paging import paged
from app.client.results import Result
from app.client.sending import Sent
from app.client.transport import Transport

PACKING, READY = "packing", "ready"
LEFT_BEHIND = ("__MACOSX", "Thumbs.db", "desktop.ini")


class DatasetError(Result):
    """Why a data set can't be used."""

    code: str
    detail: str
    hint: str | None


class DatasetInfo(Result):
    """A data set. Jobs may name it once its state is `ready`."""

    id: str
    name: str
    state: str
    source: str
    bytes: int
    sha256: str | None
    image_size: int | None
    resize: str
    names_encoding: str | None = None
    facts: dict[str, Any] | None
    error: DatasetError | None
    created_at: datetime
    updated_at: datetime
    poll_after_seconds: float


class Dataset:
    """One data set of a service. `info` is what was last heard of it."""

    def __init__(self, transport: Transport, info: DatasetInfo) -> None:
        self._transport = transport
        self.info = info

    def __repr__(self) -> str:
        return f"<Dataset {self.id} {self.info.name!r} {self.info.state}>"

    @property
    def id(self) -> str:
        return self.info.id

    def refresh(self) -> Self:
        """Ask again."""
        self.info = DatasetInfo.of(self._transport.get(_path(self.id)))
        return self

    def wait(self, timeout: float | None = None) -> Self:
        """Until it is packed, or refused: `info.state` says which.

        TimedOut    after `timeout` seconds; it is still being packed
        """
        deadline = Deadline(timeout)
        while self.info.state == PACKING:
            time.sleep(deadline.left(max(self.info.poll_after_seconds, 0.2)))
            self.refresh()
        return self

    def preview(self) -> dict[str, Any]:
        """Images a class and split, sizes, corrupt files, duplicates, thumbnails; empty until then."""
        found: dict[str, Any] | None = self._transport.get(f"{_path(self.id)}/preview")["preview"]
        return found or {}

    def delete(self) -> None:
        """Remove it.

        Conflict    an unfinished job needs it
        """
        self._transport.delete(_path(self.id))


class Datasets:
    """Upload, find and list data sets."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def add(
        self, path: str | Path, *, name: str | None = None, image_size: int | None = None,
        resize: Literal["crop", "squash"] = "crop", names_encoding: str | None = None,
        on_progress: Sent | None = None,
    ) -> Dataset:  # fmt: skip
        """Send a zip or a folder of images, or a CSV or Parquet file; it is packed afterwards: `wait` for it.

        names_encoding    how names in a zip are written that does not say it: "cp866", "shift_jis", "gbk", …
        on_progress       hears how many bytes are sent, and of how many
        InvalidSpec       `errors` says what is wrong
        """
        path = Path(path)
        called = path.resolve().stem
        fields = _fields(name or called, image_size, resize, names_encoding)
        with _archive(path) as archive:
            file_name = f"{called}.zip" if path.is_dir() else path.name
            sent = self._transport.upload("/v1/datasets", fields, archive, file_name, on_progress)
        return Dataset(self._transport, DatasetInfo.of(sent))

    def add_folder(
        self, folder: str, *, name: str | None = None, image_size: int | None = None,
        resize: Literal["crop", "squash"] = "crop",
    ) -> Dataset:  # fmt: skip
        """Use a folder that lies on the service's side, if its operator allows it."""
        fields = {"folder": folder} | _fields(name, image_size, resize)
        return Dataset(self._transport, DatasetInfo.of(self._transport.upload("/v1/datasets", fields)))

    def get(self, dataset_id: str) -> Dataset:
        """The data set with this id; NotFound if there is none."""
        return Dataset(self._transport, DatasetInfo.of(self._transport.get(_path(dataset_id))))

    def list(
        self, *, state: str | Sequence[str] | None = None, q: str | None = None,
        sort: Literal["-created_at", "created_at"] = "-created_at",
    ) -> Iterator[DatasetInfo]:  # fmt: skip
        """Data sets, newest first unless another order is asked for, fetched page by page as needed.

        state    only those in this state, or in one of these
        q        part of the name
        """
        params = {"state": state, "q": q, "sort": sort}
        return map(DatasetInfo.of, paged(self._transport, "/v1/datasets", params))


def _fields(
    name: str | None, image_size: int | None, resize: str, names_encoding: str | None = None
) -> dict[str, str]:
    asked = {"name": name, "image_size": image_size, "resize": resize, "names_encoding": names_encoding}
    return {field: str(value) for field, value in asked.items() if value is not None}


def _archive(path: Path) -> IO[bytes]:
    """The file itself; a folder as a zip, not compressed since images are, in a file without a name.

    Hidden files, what systems leave behind and links are not sent: they are no images of the set, and links
    lead where nobody said.
    """
    if not path.is_dir():
        return path.open("rb")
    archive = TemporaryFile()  # noqa: SIM115 - the caller closes it
    # A zip knows no dates before 1980; cameras without a battery do.
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED, strict_timestamps=False) as writer:
        for file in _files(path):
            writer.write(file, file.relative_to(path).as_posix())
    archive.seek(0)
    return archive


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name in LEFT_BEHIND or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file():
            yield entry


def _path(dataset_id: str) -> str:
    return f"/v1/datasets/{quote(dataset_id, safe='')}"
