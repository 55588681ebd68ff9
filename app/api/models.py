"""Models of your own, to learn from or to start from: upload, list, read, measure, delete."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import Field

from app import examples
from app.api.documented import JOB, UPLOAD, Responses, fails, fails_as_form, headers, unchanged
from app.api.library_query import LibraryQuery
from app.conditional import is_known
from app.dependencies import Reader, ReadSession, Submitter, WriteSession
from app.idempotency import OnceOnly
from app.paging import link
from app.queries import NO_QUERY
from app.schemas.forms import ModelForm
from app.schemas.models import Measurement, ModelList, ModelView
from app.uploads import ReceivedUpload, form_body, parsed
from core.errors import FieldError, InvalidSpec, NotFound, NotSafetensors
from core.files import Blob
from core.spec.class_names import class_names
from core.spec.datasets import BUILTIN_IMAGES
from core.store import datasets, models
from core.store.library import Model
from core.store.models import Told
from core.store.needs import not_ready, still_needed
from core.store.session import Session

router = APIRouter(prefix="/v1/models", tags=["models"])

SENT = headers("Location", "ETag", "Idempotency-Replayed")
CREATED: Responses = {201: {"description": "Kept, and being read.", **SENT}}
ASKED: Responses = {202: {"description": "It will be measured.", **headers("ETag", "Idempotency-Replayed")}}
NO_FILE = FieldError("/file", "missing", "send the weights as `file`")
MISSING = NotFound("no model 'model_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z'")
NEEDED = still_needed("this model", [JOB], state=models.READY)
UNREAD = not_ready("model", models.READING)
# Behind eight bytes of length a safetensors file begins with a JSON object.
BRACE_AT, ZIP = 8, b"PK"


class ListQuery(LibraryQuery):
    """How to cut a list of models."""

    state: list[Literal["reading", "ready", "refused"]] = Field(
        [], description="only models in one of these states"
    )


@dataclass(frozen=True)
class Brought:
    """Weights that somebody sent, and what is said of them."""

    form: ModelForm
    name: str
    blob: Blob


def brought(upload: ReceivedUpload, request: Request) -> Brought:
    """The form, checked; its file in the store, before any row can name it."""
    form = parsed(ModelForm, upload.fields)
    if not upload.has_file:
        raise InvalidSpec(errors=(NO_FILE,))
    if upload.beginning[BRACE_AT : BRACE_AT + 1] != b"{" or upload.beginning.startswith(ZIP):
        raise NotSafetensors("only safetensors")
    found = Brought(form, form.name or _called(upload.file_name), upload.keep())
    request.state.body_sha256 = upload.digest(found.blob)
    return found


@router.post(
    "", status_code=201, summary="Upload a model",
    openapi_extra=form_body(ModelForm, "weights in a safetensors file", examples.MODELS),
    responses=fails(507) | fails_as_form(UPLOAD, NO_FILE) | CREATED,
)  # fmt: skip
def upload_model(
    new: Annotated[Brought, Depends(brought)], who: Submitter, session: WriteSession, once: OnceOnly,
    response: Response,
) -> ModelView:  # fmt: skip
    """Keep the weights of a classifier, and compare them key by key with their network.

    Poll it until it is `ready`. A `refused` one says which weights are missing, unexpected or of another
    shape.
    """
    form = new.form
    classes = list(form.classes) if form.classes is not None else None
    told = Told(form.architecture, form.width, form.stem, classes)
    found = models.add_upload(session, who.owner, new.name, new.blob, told)
    response.headers["Location"] = f"/v1/models/{found.id}"
    response.headers["ETag"] = _etag(found)
    return once.keep(ModelView.of(found), response, 201)


@router.get("", summary="List models", responses=fails() | {200: headers("Link")})
def list_models(
    query: Annotated[ListQuery, Query()], who: Reader, session: ReadSession, request: Request,
    response: Response,
) -> ModelList:  # fmt: skip
    """Models of your own, uploaded or trained by jobs, newest first unless another order is asked for."""
    behind, cut = query.behind("model"), query.cut(query.state)
    found = models.page(session, who.sees, limit=query.limit, cut=cut, behind=behind)
    cursor = found.models[-1].id if found.has_more else None
    response.headers.update(link(request, cursor))
    return ModelList(
        data=[ModelView.of(model) for model in found.models], has_more=found.has_more, next_cursor=cursor
    )


@router.get(
    "/{model_id}", summary="Show a model", response_model=ModelView, dependencies=NO_QUERY,
    responses=fails(MISSING) | unchanged() | {200: headers("ETag")},
)  # fmt: skip
def get_model(model_id: str, who: Reader, session: ReadSession, request: Request, response: Response) -> Any:
    """One model: whether it is ready, its network and classes, and how good it was measured to be."""
    found = models.get(session, model_id, who.sees)
    if is_known(request, _etag(found)):
        return Response(status_code=304, headers={"ETag": _etag(found)})
    response.headers["ETag"] = _etag(found)
    return ModelView.of(found)


@router.post(
    "/{model_id}/measure", status_code=202, summary="Measure a model", dependencies=NO_QUERY,
    responses=fails(400, MISSING, UNREAD, 413, 415, 507) | ASKED,
)  # fmt: skip
def measure_model(
    model_id: str, asked: Annotated[Measurement, Body(openapi_examples=examples.MEASUREMENTS)],
    who: Submitter, session: WriteSession, once: OnceOnly, response: Response,
) -> ModelView:  # fmt: skip
    """Have its accuracy measured on the test images of a data set; `measured` tells it, once it is known."""
    found = models.get(session, model_id, who.sees, lock="changed")
    if found.state != models.READY:
        raise not_ready("model", found.state)
    _check_classes(found, *_classes_of(session, asked.dataset, who.sees))
    models.measure(session, found, asked.dataset)
    session.refresh(found)
    response.headers["ETag"] = _etag(found)
    return once.keep(ModelView.of(found), response, 202)


@router.delete(
    "/{model_id}", status_code=204, summary="Delete a model", dependencies=NO_QUERY,
    responses=fails(MISSING, NEEDED, 507) | {204: {"description": "It is gone.", **headers()}},
)  # fmt: skip
def delete_model(model_id: str, who: Submitter, session: WriteSession) -> None:
    """Delete a model that no unfinished job needs."""
    models.remove(session, models.get(session, model_id, who.sees, lock="changed"))


def _etag(model: Model) -> str:
    return f'W/"{model.version}"'


def _called(file_name: str | None) -> str:
    """A name for people, of the file's own."""
    stem = PurePosixPath((file_name or "").replace("\\", "/")).stem.strip(". ")
    return parsed(ModelForm, {"name": stem or "model"}).name or "model"


def _classes_of(session: Session, dataset: str, owner: str | None) -> tuple[int, list[str] | None]:
    """How many classes a data set has, which must be ready, and their names."""
    if dataset in BUILTIN_IMAGES:
        return BUILTIN_IMAGES[dataset].classes, class_names(dataset)
    try:
        found = datasets.get(session, dataset, owner)
    except NotFound as error:
        wrong = FieldError(
            "/dataset", "unknown_dataset", error.detail, dataset, allowed=tuple(BUILTIN_IMAGES)
        )
        raise InvalidSpec(errors=(wrong,)) from error
    if found.state != datasets.READY or found.facts is None:
        raise not_ready("data set", found.state)
    if "classes" not in found.facts:
        detail = "it is a table: models are measured on images only"
        raise InvalidSpec(errors=(FieldError("/dataset", "no_images", detail, dataset),))
    return int(found.facts["classes"]), found.facts.get("class_names")


def _check_classes(model: Model, classes: int, names: list[str] | None) -> None:
    own = len(model.classes) if model.classes is not None else (model.facts or {}).get("classes")
    if own != classes:
        detail = f"the model tells {own} classes apart, and the data set has {classes}"
        raise InvalidSpec(errors=(FieldError("/dataset", "other_classes", detail),))
    if model.classes and names and list(model.classes) != list(names):
        first = next(i for i, pair in enumerate(zip(model.classes, names, strict=True)) if pair[0] != pair[1])
        detail = (
            f"class {first} is {model.classes[first]!r} of the model, and {names[first]!r} in the data set"
        )
        raise InvalidSpec(errors=(FieldError("/dataset", "other_classes", detail),))
