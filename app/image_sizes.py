"""The images that weights were trained on may be larger or smaller than the data: that runs, and is told."""

from collections.abc import Iterator

from app.callers import Caller
from core.errors import FieldError
from core.spec import JobSpec
from core.spec.datasets import BUILTIN_IMAGES, DatasetFacts, UploadedFacts, facts_of
from core.spec.models import FromJob, FromModel
from core.store import jobs, models
from core.store.session import Session


def warnings(
    session: Session, spec: JobSpec, who: Caller, uploaded: UploadedFacts | None
) -> Iterator[FieldError]:
    """Of a spec without contradictions: what is named in it is there.

    uploaded    what is known of the uploaded set that it names
    """
    facts = facts_of(spec.dataset, uploaded)
    for role, network in (("teacher", spec.teacher), ("student", spec.student)):
        if not isinstance(facts, DatasetFacts) or not isinstance(network.source, FromModel | FromJob):
            continue
        size = _size(session, network.source, who)
        if size not in (None, facts.image_size):
            detail = f"it was trained on images of {size} px, those of the data set have {facts.image_size}"
            yield FieldError(f"/{role}/source/id", "other_image_size", detail, network.source.id)


def _size(session: Session, source: FromModel | FromJob, who: Caller) -> int | None:
    """The side in pixels, as far as it is known."""
    if isinstance(source, FromModel):
        return models.get(session, source.id, who.sees).image_size
    data = jobs.get(session, source.id, who.sees).resolved["dataset"]
    if data.get("name") in BUILTIN_IMAGES:
        return BUILTIN_IMAGES[data["name"]].image_size
    size: int | None = data.get("image_size")
    return size
