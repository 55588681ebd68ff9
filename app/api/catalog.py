"""What can be asked for, for people and for programs."""

from typing import Any, Literal

from fastapi import APIRouter

from app.api.documented import fails
from app.dependencies import Reader
from core.spec import JobSpec
from core.spec.catalog import SECTIONS

router = APIRouter(prefix="/v1", tags=["catalog"])

Section = Literal["methods", "regularizers", "architectures", "datasets", "exports"]


@router.get("/catalog", responses=fails())
def catalog(_who: Reader) -> dict[Section, list[dict[str, Any]]]:
    """Methods, regularizers, architectures, data sets and exports, with parameters and ranges."""
    return {name: entries() for name, entries in SECTIONS.items()}  # type: ignore[misc]


@router.get("/catalog/{section}", responses=fails(404))
def one_section(section: Section, _who: Reader) -> list[dict[str, Any]]:
    """One section of the catalog."""
    return SECTIONS[section]()


@router.get("/schemas/job", responses=fails())
def job_schema(_who: Reader) -> dict[str, Any]:
    """The JSON Schema of a job spec."""
    return JobSpec.model_json_schema()
