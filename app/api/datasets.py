"""Data sets of your own: upload, list, read, look into, delete."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from app import examples
from app.api.documented import JOB, UPLOAD, Responses, fails, fails_as_form, headers, unchanged
from app.api.library_query import LibraryQuery
from app.conditional import is_known
from app.dependencies import Reader, ReadSession, Submitter, WriteSession
from app.idempotency import OnceOnly
from app.paging import link
from app.queries import NO_QUERY
from app.schemas.datasets import DatasetList, DatasetView
from app.schemas.forms import DatasetForm
from app.schemas.previews import PreviewView
from app.uploads import ReceivedUpload, form_body, parsed
from core.errors import FieldError, InvalidSpec, NotFound
from core.files import Blob
from core.settings import Settings
from core.store import datasets
from core.store.datasets import Wanted
from core.store.library import Dataset
from core.store.needs import still_needed

router = APIRouter(prefix="/v1/datasets", tags=["data sets"])

SENT = headers("Location", "ETag", "Idempotency-Replayed")
CREATED: Responses = {201: {"description": "Kept, and being packed.", **SENT}}
ONE_OF = FieldError("/file", "one_of", "give exactly one of file and folder")
MISSING = NotFound("no data set 'ds_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z'")
NEEDED = still_needed("this data set", [JOB], state=datasets.READY)


class ListQuery(LibraryQuery):
    """How to cut a list of data sets."""

    state: list[Literal["packing", "ready", "refused"]] = Field(
        [], description="only data sets in one of these states"
    )


@dataclass(frozen=True)
class Brought:
    """What somebody wants to be a data set, and where it lies: in the file store, or in a folder."""

    form: DatasetForm
    name: str
    blob: Blob | None
    folder: Path | None


def brought(upload: ReceivedUpload, request: Request) -> Brought:
    """The form, checked; its file in the store, before any row can name it."""
    form = parsed(DatasetForm, upload.fields)
    if upload.has_file == (form.folder is not None):
        raise InvalidSpec(errors=(ONE_OF,))
    if form.folder is not None:
        folder = _allowed(form.folder, request.app.state.settings)
        found = Brought(form, form.name or folder.name, None, folder)
    else:
        found = Brought(form, form.name or _called(upload.file_name), upload.keep(), None)
    request.state.body_sha256 = upload.digest(found.blob)
    return found


@router.post(
    "", status_code=201, summary="Upload a data set",
    openapi_extra=form_body(
        DatasetForm, "a zip of images in class folders, or a CSV or Parquet file", examples.DATASETS,
        instead="folder",
    ),
    responses=fails(507) | fails_as_form(UPLOAD, ONE_OF) | CREATED,
)  # fmt: skip
def upload_dataset(
    new: Annotated[Brought, Depends(brought)], who: Submitter, session: WriteSession, once: OnceOnly,
    response: Response,
) -> DatasetView:  # fmt: skip
    """Keep images in class folders, or a table, and pack it for training. Poll it until it is `ready`.

    Images come as a zip. A table is a CSV or Parquet file, whose first row names the columns; jobs say which
    of them is to be predicted: `{"id": "ds_…", "target": "price"}`.

    Of images, `train/` and `test/` (or `val/`) folders are the splits; with class folders alone, jobs cut a
    test split themselves.
    """
    wanted = Wanted(new.form.image_size, new.form.resize, new.form.names_encoding)
    if new.blob is None:
        found = datasets.add_folder(session, who.owner, new.name, str(new.folder), wanted)
    else:
        found = datasets.add_upload(session, who.owner, new.name, new.blob, wanted)
    response.headers["Location"] = f"/v1/datasets/{found.id}"
    response.headers["ETag"] = _etag(found)
    return once.keep(DatasetView.of(found), response, 201)


@router.get("", summary="List data sets", responses=fails() | {200: headers("Link")})
def list_datasets(
    query: Annotated[ListQuery, Query()], who: Reader, session: ReadSession, request: Request,
    response: Response,
) -> DatasetList:  # fmt: skip
    """Data sets of your own, newest first unless another order is asked for."""
    behind, cut = query.behind("ds"), query.cut(query.state)
    found = datasets.page(session, who.sees, limit=query.limit, cut=cut, behind=behind)
    cursor = found.datasets[-1].id if found.has_more else None
    response.headers.update(link(request, cursor))
    return DatasetList(
        data=[DatasetView.of(dataset) for dataset in found.datasets],
        has_more=found.has_more,
        next_cursor=cursor,
    )


@router.get(
    "/{dataset_id}", summary="Show a data set", response_model=DatasetView, dependencies=NO_QUERY,
    responses=fails(MISSING) | unchanged() | {200: headers("ETag")},
)  # fmt: skip
def get_dataset(
    dataset_id: str, who: Reader, session: ReadSession, request: Request, response: Response
) -> Any:
    """One data set: whether it is ready, and its classes, images and side."""
    found = datasets.get(session, dataset_id, who.sees)
    if is_known(request, _etag(found)):
        return Response(status_code=304, headers={"ETag": _etag(found)})
    response.headers["ETag"] = _etag(found)
    return DatasetView.of(found)


@router.get(
    "/{dataset_id}/preview", summary="Look into a data set", dependencies=NO_QUERY,
    response_model_exclude_unset=True, responses=fails(MISSING) | {200: headers()},
)  # fmt: skip
def preview_dataset(dataset_id: str, who: Reader, session: ReadSession) -> PreviewView:
    """Images a class and split, sizes, corrupt files by name, duplicates across splits, thumbnails.

    Of a table its columns, its first rows, and cells that can't be used.
    """
    found = datasets.get(session, dataset_id, who.sees)
    return PreviewView.model_validate({"id": found.id, "state": found.state, "preview": found.preview})


@router.delete(
    "/{dataset_id}", status_code=204, summary="Delete a data set", dependencies=NO_QUERY,
    responses=fails(MISSING, NEEDED, 507) | {204: {"description": "It is gone.", **headers()}},
)  # fmt: skip
def delete_dataset(dataset_id: str, who: Submitter, session: WriteSession) -> None:
    """Delete a data set that no unfinished job needs."""
    datasets.remove(session, datasets.get(session, dataset_id, who.sees, lock="changed"))


def _etag(dataset: Dataset) -> str:
    return f'W/"{dataset.version}"'


def _called(file_name: str | None) -> str:
    """A name for people, of the file's own."""
    stem = PurePosixPath((file_name or "").replace("\\", "/")).stem.strip(". ")
    return parsed(DatasetForm, {"name": stem or "data set"}).name or "data set"


def _allowed(folder: str, settings: Settings) -> Path:
    """The folder, if it lies in one that the operator has opened."""
    try:
        path = Path(folder).resolve(strict=True)
        roots = [Path(root).resolve() for root in settings.folders.split(":") if root]
        if path.is_dir() and any(path.is_relative_to(root) for root in roots):
            return path
    except (OSError, ValueError):
        pass  # What is not there is not told from what nobody may see.
    detail = "no folder that the operator of this service has opened (DISTILLERY_FOLDERS)"
    raise InvalidSpec(errors=(FieldError("/folder", "not_allowed", detail),))
