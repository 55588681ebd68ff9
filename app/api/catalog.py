"""What can be asked for, for people and for programs."""

from typing import Any, Literal

from fastapi import APIRouter

from app.api.documented import Responses, fails, headers
from app.dependencies import Reader
from app.queries import NO_QUERY
from core.errors import NotFound
from core.spec import JobSpec
from core.spec.catalog import SECTIONS

router = APIRouter(prefix="/v1", tags=["catalog"])

ANSWERS: Responses = fails() | {200: headers()}
Section = Literal["methods", "regularizers", "architectures", "datasets", "exports"]


@router.get("/catalog", summary="Show the catalog", dependencies=NO_QUERY, responses=ANSWERS)
def get_catalog(_who: Reader) -> dict[Section, list[dict[str, Any]]]:
    """Methods, regularizers, architectures, data sets and exports, with parameters and ranges."""
    return {name: entries() for name, entries in SECTIONS.items()}  # type: ignore[misc]


@router.get(
    "/catalog/{section}",
    summary="Show one section of the catalog",
    dependencies=NO_QUERY,
    responses=ANSWERS | fails(NotFound()),
)
def get_catalog_section(section: Section, _who: Reader) -> list[dict[str, Any]]:
    """One section of the catalog."""
    return SECTIONS[section]()


@router.get("/schemas/job", summary="Show the JSON Schema of a job", dependencies=NO_QUERY, responses=ANSWERS)
def get_job_schema(_who: Reader) -> dict[str, Any]:
    """The JSON Schema of a job spec."""
    return JobSpec.model_json_schema()
