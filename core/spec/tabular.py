"""What tables ask of a job: which data, networks and settings go with which task, and what is filled in."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from core.errors import FieldError
from core.spec.datasets import Builtin, DatasetFacts, Uploaded, UploadedFacts, facts_of
from core.spec.job import JobSpec
from core.spec.methods import TermSpec
from core.spec.models import Architecture, Pretrained, Student, Teacher, is_open
from core.spec.problems import suggestion
from core.spec.tables import Columns, Formula, Table, TableFacts, one_valued
from core.spec.tabular_networks import ACTIVATION, HIDDEN, TabularArchitecture, layers, products

IMAGES, REGRESSION, CLASSIFICATION = "image-classification", "tabular-regression", "tabular-classification"
# Terms that compare numbers, or what is computed on the way to them; all others compare classes.
OF_FEATURES = ("probabilistic", "relations", "correlation_congruence")
OF_NUMBERS = ("logit_mse", *OF_FEATURES)

OF_IMAGES, OF_ROWS = get_args(Architecture), get_args(TabularArchitecture)


def is_tabular(spec: JobSpec) -> bool:
    return spec.task != IMAGES


def problems(spec: JobSpec, uploaded: UploadedFacts | None) -> Iterator[FieldError]:
    """What does not go together with the task of the spec."""
    yield from _data(spec, uploaded)
    for role, network in (("teacher", spec.teacher), ("student", spec.student)):
        yield from _network(spec, role, network)
    if is_tabular(spec):
        yield from _settings(spec)
    elif spec.optimization.batch_size == 1:
        detail = "must be 2 or more: batch normalisation learns nothing from a single image"
        yield FieldError("/optimization/batch_size", "greater_than_equal", detail, 1)


def layers_of_rows(network: Teacher | Student) -> tuple[str, ...]:
    """Names of its linear layers, as its sizes tell; none of a network of images."""
    return layers(network.architecture, network.hidden) if network.architecture in ("linear", "mlp") else ()


def weights(network: Teacher | Student) -> int:
    """As far as they do not follow from the data."""
    return products(network.architecture, network.hidden) if network.architecture in ("linear", "mlp") else 0


def _data(spec: JobSpec, uploaded: UploadedFacts | None) -> Iterator[FieldError]:
    dataset = spec.dataset
    is_table = isinstance(facts_of(dataset, uploaded), TableFacts) or isinstance(dataset, Table)
    holds_images = isinstance(dataset, Builtin | Uploaded) and not is_table
    match dataset:
        case Table() if isinstance(uploaded, DatasetFacts):
            yield FieldError("/dataset/id", "not_a_table", "this data set holds images", dataset.id)
        case Uploaded() if is_tabular(spec) or isinstance(uploaded, Columns):
            detail = "name the column of the table that is to be predicted"
            yield FieldError("/dataset/target", "missing", detail)
        case Builtin() if holds_images and is_tabular(spec):
            detail = f"{dataset.name} holds images, and {spec.task} learns from a table"
            yield FieldError("/dataset/name", "other_task", detail, dataset.name)
        case _ if is_table and not is_tabular(spec):
            detail = "this data set is a table; `task` says what is to be done with it"
            yield FieldError("/task", "other_task", detail, spec.task, allowed=(REGRESSION, CLASSIFICATION))
    if isinstance(dataset, Formula) and dataset.form == "logistic" and dataset.noise:
        yield FieldError("/dataset/noise", "not_applicable", "classes are random already", dataset.noise)
    if isinstance(dataset, Formula) and (field := one_valued(dataset)):
        code = "one_class" if dataset.form == "logistic" else "one_value"
        detail = "so all rows have the same target, or all but very few: there is nothing to learn"
        yield FieldError(f"/dataset/{field}", code, detail)
    if isinstance(dataset, Table) and isinstance(uploaded, Columns):
        yield from _columns(dataset, uploaded)
        yield from _too_rare(spec, dataset.target, uploaded)
    if is_tabular(spec) and isinstance(facts := facts_of(dataset, uploaded), TableFacts):
        yield from _target(spec, facts)


def _columns(asked: Table, known: Columns) -> Iterator[FieldError]:
    """The columns that it names, and why they can't be used so."""
    names = tuple(column.name for column in known.columns)
    if asked.target not in names:
        yield _no_such("/dataset/target", asked.target, names)
    if asked.inputs is None:
        if not known.numbers(asked.target):
            yield FieldError("/dataset/inputs", "no_inputs", "no column of numbers is left to learn from")
        return
    for index, name in enumerate(asked.inputs):
        at, found = f"/dataset/inputs/{index}", known.named(name)
        if found is None:
            yield _no_such(at, name, names)
        elif name == asked.target or name in asked.inputs[:index]:
            why = "is the target" if name == asked.target else "is named twice"
            yield FieldError(at, "not_an_input", f"the column {name!r} {why}", name)
        elif found.is_text:
            yield FieldError(at, "not_an_input", f"the column {name!r} holds words, not numbers", name)


def _no_such(pointer: str, name: str, names: Sequence[str]) -> FieldError:
    shown = tuple(names[:20])
    detail = f"the table has no column {name!r}"
    near = suggestion(name, tuple(names))
    return FieldError(pointer, "no_such_column", detail, name, allowed=shown, did_you_mean=near)


def _target(spec: JobSpec, facts: TableFacts) -> Iterator[FieldError]:
    at = "/dataset/target" if isinstance(spec.dataset, Table) else "/task"
    got = spec.dataset.target if isinstance(spec.dataset, Table) else spec.task
    if spec.task == REGRESSION and not facts.measures:
        detail = f"its values are classes and no measure: {CLASSIFICATION} tells them apart"
        yield FieldError(at, "other_task", detail, got)
    if spec.task == CLASSIFICATION and facts.classes is None:
        detail = f"it has too many values to be classes, or some that are no whole numbers; {REGRESSION} fits"
        yield FieldError(at, "other_task", detail, got)
    if facts.classes == 1:
        what = "to tell apart" if spec.task == CLASSIFICATION else "to be predicted"
        code = "one_class" if spec.task == CLASSIFICATION else "one_value"
        yield FieldError(at, code, f"it has one value only: there is nothing {what}", got)


def _too_rare(spec: JobSpec, target: str, known: Columns) -> Iterator[FieldError]:
    """A class of which something is left neither to learn from nor to validate with."""
    if spec.task != CLASSIFICATION or target not in known.rarest:
        return
    name, rows = known.rarest[target]
    tested = min(max(1, round(rows * spec.evaluation.test_fraction)), rows - 1)
    if rows - tested < 2:
        detail = f"too few rows are of the class {name!r}, {rows}: each split needs one of every class"
        yield FieldError("/dataset/target", "class_too_small", detail, target)


def _network(spec: JobSpec, role: str, network: Teacher | Student) -> Iterator[FieldError]:
    if is_open(network):  # the weights that it names will say what it is
        return
    fitting = OF_ROWS if is_tabular(spec) else OF_IMAGES
    if network.architecture not in fitting:
        sees = "images" if network.architecture in OF_IMAGES else "rows of a table"
        detail = f"{network.architecture} sees {sees}, which {spec.task} has none of"
        at = f"/{role}/architecture"
        yield FieldError(at, "other_task", detail, network.architecture, allowed=fitting)
        return
    for field in _without_effect(network):
        detail = f"{network.architecture} has no {field}"
        yield FieldError(f"/{role}/{field}", "not_applicable", detail, _got(getattr(network, field)))
    if is_tabular(spec) and isinstance(network.source, Pretrained):
        detail = f"there are no pretrained weights of {network.architecture}"
        yield FieldError(f"/{role}/source", "not_pretrained", detail, network.source.kind)


def _without_effect(network: Teacher | Student) -> Iterator[str]:
    """Fields that say something which this architecture has not; widths are told elsewhere."""
    if network.architecture in OF_ROWS and network.stem != "auto":
        yield "stem"
    if network.architecture != "mlp":
        yield from (field for field in ("hidden", "activation") if getattr(network, field) is not None)


def _got(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _settings(spec: JobSpec) -> Iterator[FieldError]:
    given = spec.optimization.model_fields_set
    if "augmentation" in given and spec.optimization.augmentation != "none":
        detail = "rows of a table have no other views"
        got = spec.optimization.augmentation
        yield FieldError("/optimization/augmentation", "not_applicable", detail, got, allowed=("none",))
    for index, regularizer in enumerate(spec.regularizers):
        if getattr(regularizer, "placement", None) == "stages" and spec.student.architecture == "linear":
            detail = "a linear map has no stages"
            yield FieldError(f"/regularizers/{index}/placement", "not_applicable", detail, "stages")
    for index, term in spec.method.at_work(spec.optimization.epochs).items():
        if (why := _no_features(spec, term)) is not None:
            yield FieldError(f"/method/terms/{index}", "not_applicable", why, term.kind)
    if spec.task == REGRESSION:
        yield from _regression(spec)


def _no_features(spec: JobSpec, term: TermSpec) -> str | None:
    """Why a term finds nothing to compare on the way to the answers."""
    if hasattr(term, "stage") or hasattr(term, "stages"):
        return f"{term.kind} compares maps of images, and networks of rows have none"
    if term.kind in OF_FEATURES and "linear" in (spec.teacher.architecture, spec.student.architecture):
        return f"{term.kind} compares what is computed on the way, and a linear map computes nothing there"
    return None


def _regression(spec: JobSpec) -> Iterator[FieldError]:
    for index, term in spec.method.at_work(spec.optimization.epochs).items():
        if term.kind not in OF_NUMBERS and not hasattr(term, "stage") and not hasattr(term, "stages"):
            detail = f"{term.kind} compares classes, and {REGRESSION} has none"
            yield FieldError(f"/method/terms/{index}", "other_task", detail, term.kind, allowed=OF_NUMBERS)
    if spec.stopping.target_accuracy is not None:
        detail = f"{REGRESSION} has no accuracy; `target_loss` ends it at a training loss"
        yield FieldError("/stopping/target_accuracy", "not_applicable", detail, spec.stopping.target_accuracy)
    if getattr(spec.dataset, "subset", None) is not None:
        yield FieldError("/dataset/subset", "not_applicable", "there are no classes to take a part of")


def open_values(spec: JobSpec, uploaded: UploadedFacts | None) -> dict[str, tuple[Any, str]]:
    """What follows from the task and the table, by pointer, each with the rule that gave it."""
    if not is_tabular(spec):
        return {}
    found: dict[str, tuple[Any, str]] = {"/optimization/augmentation": ("none", "rule: rows have no views")}
    for role, network in (("teacher", spec.teacher), ("student", spec.student)):
        if network.architecture == "mlp" and network.hidden is None:
            found[f"/{role}/hidden"] = (list(HIDDEN), "rule: two layers of 64")
        if network.architecture == "mlp" and network.activation is None:
            found[f"/{role}/activation"] = (ACTIVATION, "rule: relu")
    if isinstance(spec.dataset, Table) and spec.dataset.inputs is None and isinstance(uploaded, Columns):
        names = list(uploaded.numbers(spec.dataset.target))
        found["/dataset/inputs"] = (names, "rule: every column of numbers but the target")
    return found
