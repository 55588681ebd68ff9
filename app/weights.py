"""The weights that a spec names: are they yours and ready, do they fit the networks and the data?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.callers import Caller
from core.errors import FieldError, NotFound
from core.lifecycle import JobState
from core.spec import JobSpec
from core.spec.class_names import class_names
from core.spec.datasets import BUILTIN, Builtin, DatasetSpec, Facts, Uploaded, UploadedFacts, facts_of
from core.spec.models import FromJob, FromModel, Student, Teacher
from core.spec.tabular import IMAGES
from core.store import artifacts, datasets, jobs, models
from core.store.session import Session

TEACHER = "teacher.safetensors"
FACTS = ("architecture", "width", "stem", "hidden", "activation")
READ_FIRST = "it is still being read: wait until its state is `ready`"
OTHER = "take weights that were trained on these classes, or `pretrained`, whose classifier is new"


@dataclass(frozen=True)
class Known:
    """What is known of weights, each as far as it is.

    classes    how many the network tells apart
    names      of the classes, in the order of its outputs
    task       that it was trained for
    """

    title: str
    architecture: str | None
    width: float | None
    stem: str | None
    classes: int | None
    names: Sequence[str] | None
    hidden: tuple[int, ...] | None = None
    activation: str | None = None
    task: str = IMAGES


class Unfit(Exception):
    """They can't be started from: code and reason."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail


def completed(session: Session, spec: JobSpec, who: Caller) -> JobSpec:
    """The spec with the networks of its weights, where it leaves them open; `findings` says what is wrong."""
    changes: dict[str, Any] = {}
    for role, network in _networks(spec):
        try:
            known = _known(session, network, who)
        except Unfit:
            continue
        if known is not None and not any(_other_network(role, network, known)):
            facts = {fact: getattr(known, fact) for fact in _open(network)}
            values = {fact: value for fact, value in facts.items() if value is not None}
            changes[role] = network.model_copy(update=values)
    return spec.model_copy(update=changes) if changes else spec


def findings(
    session: Session, spec: JobSpec, who: Caller, uploaded: UploadedFacts | None, *, lock: bool = False
) -> Iterator[FieldError]:
    """Everything that keeps the networks from starting from the weights that the spec names.

    uploaded    what is known of the uploaded set that it names
    lock        the models and jobs that it names stay until the transaction ends
    """
    for role, network in _networks(spec):
        try:
            known = _known(session, network, who, lock)
        except Unfit as error:
            yield FieldError(
                f"/{role}/source/id", error.code, error.detail, getattr(network.source, "id", None)
            )
            continue
        if known is not None:
            yield from _other_task(role, spec, known)
            yield from _other_network(role, network, known)
            yield from _other_classes(session, role, spec, known, facts_of(spec.dataset, uploaded))


def _networks(spec: JobSpec) -> tuple[tuple[str, Teacher | Student], ...]:
    return ("teacher", spec.teacher), ("student", spec.student)


def _open(network: Teacher | Student) -> list[str]:
    return [
        fact for fact in FACTS if fact not in network.model_fields_set or getattr(network, fact) == "auto"
    ]


def _known(session: Session, network: Teacher | Student, who: Caller, lock: bool = False) -> Known | None:
    """Of the weights that the network starts from; None where they are no person's.

    Unfit    they are not there, or not ready
    """
    try:
        match network.source:
            case FromModel(id=model_id):
                return _of_model(session, model_id, who, lock)
            case FromJob(id=job_id):
                return _of_job(session, job_id, who, lock)
    except NotFound as error:
        raise Unfit("not_found", error.detail) from error
    return None


def _of_model(session: Session, model_id: str, who: Caller, lock: bool) -> Known:
    model = models.get(session, model_id, who.sees, lock="kept" if lock else None)
    if model.state != models.READY:
        why = READ_FIRST if model.state == models.READING else "it was refused; its `error` says why"
        raise Unfit("model_not_ready", why)
    count = len(model.classes) if model.classes else (model.facts or {}).get("classes")
    facts = model.facts or {}
    return Known(
        "the model", model.architecture, model.width, model.stem, count, model.classes,
        **_of_rows(facts, facts.get("task")),
    )  # fmt: skip


def _of_job(session: Session, job_id: str, who: Caller, lock: bool) -> Known:
    """The teacher of that job; what it was trained on may be gone meanwhile, and is then not known."""
    job = jobs.get(session, job_id, who.sees, lock="kept" if lock else None)
    if job.state != JobState.SUCCEEDED:
        raise Unfit("job_not_succeeded", f"it is {job.state}: a job's teacher is there once it has succeeded")
    artifacts.get(session, job_id, TEACHER)
    network, data = job.resolved["teacher"], job.resolved["dataset"]
    names = class_names(data.get("name", "")) or _class_names(session, data.get("id"))
    classes = BUILTIN[data["name"]].classes if data.get("name") in BUILTIN else len(names) if names else None
    return Known(
        "that job's teacher", network["architecture"], network["width"], network["stem"], classes, names,
        **_of_rows(network, job.resolved.get("task")),
    )  # fmt: skip


def _of_rows(network: Mapping[str, Any], task: str | None) -> dict[str, Any]:
    """What is known of a network of rows beside its architecture."""
    hidden = network.get("hidden")
    return {
        "hidden": None if hidden is None else tuple(hidden),
        "activation": network.get("activation"),
        "task": task or IMAGES,
    }


def _names_of(session: Session, dataset: DatasetSpec) -> list[str] | None:
    match dataset:
        case Uploaded(id=dataset_id):
            return _class_names(session, dataset_id)
        case Builtin(name=name):
            return class_names(name)
    return None


def _class_names(session: Session, dataset_id: str | None) -> list[str] | None:
    try:
        facts = datasets.get(session, dataset_id, None).facts if dataset_id else None
    except NotFound:
        return None
    return (facts or {}).get("class_names")


def _other_task(role: str, spec: JobSpec, known: Known) -> Iterator[FieldError]:
    if known.task != spec.task:
        detail = f"{known.title} was trained for {known.task}"
        yield FieldError(f"/{role}/source/id", "other_task", detail, allowed=(known.task,))


def _other_network(role: str, network: Teacher | Student, known: Known) -> Iterator[FieldError]:
    for fact in (fact for fact in FACTS if fact not in _open(network)):
        has, asked = getattr(known, fact), getattr(network, fact)
        if has is not None and has != asked:
            yield FieldError(
                f"/{role}/{fact}", "other_network", f"{known.title} has {has}", asked, allowed=(has,)
            )


def _other_classes(
    session: Session, role: str, spec: JobSpec, known: Known, facts: Facts | None
) -> Iterator[FieldError]:
    at, code = f"/{role}/source/id", "class_mismatch"
    if facts is None or known.classes is None:
        return
    if known.classes != facts.classes:
        detail = (
            f"{known.title} tells {known.classes} classes apart, the data set has {facts.classes}; {OTHER}"
        )
        yield FieldError(at, code, detail)
        return
    names = _names_of(session, spec.dataset)
    pairs = enumerate(zip(known.names or (), names or (), strict=False))
    if other := next(((i, *pair) for i, pair in pairs if pair[0] != pair[1]), None):
        detail = "class {} is {!r} of {}, and {!r} in the data set; {}"
        yield FieldError(at, code, detail.format(other[0], other[1], known.title, other[2], OTHER))
