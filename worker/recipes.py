"""What the teacher of an attempt follows from, and its registration once it is trained."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.files import Blob
from core.spec import JobSpec
from core.spec.recipe import PACKAGES, recipe
from core.spec.tables import BUILTIN_TABLES
from core.spec.tabular import IMAGES
from core.store import jobs, models
from core.store.attempts import Claimed
from core.store.session import Session
from worker.outcome import Outcome

TEACHER, REPORT = "teacher.safetensors", "report.json"
# A set that comes with a package is what the package makes of it.
MADE_BY = {name: "scikit-learn" for name in ("digits", *BUILTIN_TABLES)}
HEADER_SIZE = 8  # bytes of the little-endian length before a safetensors header
LONGEST_HEADER = 100_000_000  # as the library has it


def recipe_of(resolved: dict[str, Any], data: Path) -> str | None:
    """The recipe of the teacher that the job trains; None of one that comes from elsewhere.

    data    the folder in which its data set lies ready
    """
    try:
        spec = JobSpec.model_validate(resolved)
    except ValidationError:  # of another release: the trainer will say what is wrong with it
        return None
    content = _content(resolved["dataset"], data)
    versions = {name: version(name) for name in PACKAGES}
    return None if content is None else recipe(spec, content, versions)


def register(session: Session, attempt: Claimed, outcome: Outcome, found: dict[str, Any], blob: Blob) -> None:
    """Keep the teacher for every later job of this owner and recipe."""
    assert outcome.recipe is not None, "what was trained was trained by a recipe"
    models.register_trained(
        session, owner=jobs.get(session, attempt.job_id, None).owner, job_id=attempt.job_id,
        recipe=outcome.recipe, name=f"{found['architecture']} of {attempt.job_id}", blob=blob, **found,
    )  # fmt: skip


def trained_teacher(outcome: Outcome) -> dict[str, Any] | None:
    """What the report says of a teacher that was trained to its end; None where there is no such one.

    A teacher whose training somebody stopped is not what its recipe says.
    """
    path = next((file.path for file in outcome.files if file.name == REPORT), None)
    if outcome.kind != "succeeded" or outcome.recipe is None or path is None:
        return None
    try:
        report = json.loads(path.read_bytes())
        teacher, dataset = report["teacher"], report["dataset"]
        if teacher["source"]["kind"] != "train" or teacher["stopped"] is not None:
            return None
        network = {name: teacher.get(name) for name in ("architecture", "width", "stem")}
        known = network | {"classes": dataset["class_names"], "image_size": dataset.get("image_size")}
        return known if report.get("task", IMAGES) == IMAGES else known | {"facts": _of_rows(report)}
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _of_rows(report: dict[str, Any]) -> dict[str, Any]:
    teacher, dataset = report["teacher"], report["dataset"]
    layers = {name: teacher[name] for name in ("hidden", "activation")}
    return {"task": report["task"], **layers, "columns": dataset["columns"], "target": dataset["target"]}


def _content(asked: dict[str, Any], data: Path) -> str | None:
    """Names images, labels and classes; None where the file of an older version does not."""
    if asked["kind"] == "formula":
        return json.dumps(asked, sort_keys=True)
    name = asked.get("id") or asked["name"]
    if name in MADE_BY:
        return f"{name} of {MADE_BY[name]} {version(MADE_BY[name])}"
    with (data / f"{name}.safetensors").open("rb") as file:
        length = int.from_bytes(file.read(HEADER_SIZE), "little")
        if length > LONGEST_HEADER:
            return None
        header = file.read(length)
    try:
        facts = json.loads(header)["__metadata__"]
        if asked["kind"] == "table":
            return json.dumps([facts["digest"], asked["target"], asked["inputs"]])
        return json.dumps([facts["digest"], facts["classes"]])
    except (ValueError, LookupError, TypeError):
        return None  # the trainer will say what is wrong with it
