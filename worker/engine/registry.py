"""What exists: the implementation of everything that a spec can name. One page, and nothing by magic."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from torch import nn

from core.errors import InvalidJob
from core.spec import JobSpec, feature_terms, logit_terms
from core.spec import exports as export_specs
from core.spec.datasets import Builtin, DatasetSpec, Uploaded, UploadedFacts
from core.spec.exports import ExportSpec
from core.spec.job import Task as TaskName
from core.spec.methods import Method, TermSpec
from core.spec.models import Student, Teacher
from core.spec.regularizers import RegularizerSpec, is_idle
from core.spec.tables import Formula
from core.spec.tables import Table as OwnTable
from worker.engine.data import digits, packed
from worker.engine.data.dataset import Dataset
from worker.engine.data.material import Material
from worker.engine.data.tables import formula, known
from worker.engine.data.tables import packed as packed_tables
from worker.engine.data.tables.table import Table
from worker.engine.evaluation import predict
from worker.engine.exports.export import Export
from worker.engine.exports.onnx import OnnxExport
from worker.engine.exports.onnx_int8 import OnnxInt8Export
from worker.engine.exports.torch_export import TorchExportExport
from worker.engine.methods.attention import Attention
from worker.engine.methods.correlation import Correlation
from worker.engine.methods.correlation_congruence import CorrelationCongruence
from worker.engine.methods.decoupled import Decoupled
from worker.engine.methods.hard_targets import HardTargets
from worker.engine.methods.hints import Hints
from worker.engine.methods.learned_temperature import LearnedTemperature
from worker.engine.methods.logit_mse import LogitMse
from worker.engine.methods.normalized import Normalized
from worker.engine.methods.probabilistic import Probabilistic
from worker.engine.methods.relations import Relations
from worker.engine.methods.reused_classifier import ReusedClassifier
from worker.engine.methods.similarity import Similarity
from worker.engine.methods.soft_targets import SoftTargets
from worker.engine.methods.teacher_free import TeacherFree
from worker.engine.methods.term import Term
from worker.engine.methods.variational import Variational
from worker.engine.methods.weighted_soft import WeightedSoft
from worker.engine.models import families
from worker.engine.models.architecture import Architecture
from worker.engine.models.perceptron import linear, mlp
from worker.engine.objective import Objective, Weighted
from worker.engine.randomness import seeded
from worker.engine.regularizers.regularizer import Regularizer
from worker.engine.regularizers.table import REGULARIZERS
from worker.engine.tasks.classification import CLASSIFICATION
from worker.engine.tasks.regression import REGRESSION
from worker.engine.tasks.task import Score, Task

TASKS: Mapping[TaskName, Task] = {
    "image-classification": CLASSIFICATION,
    "tabular-classification": CLASSIFICATION,
    "tabular-regression": REGRESSION,
}

DATASETS: Mapping[str, Callable[[Path | None], Dataset | Table]] = {
    "digits": digits.load,
    "cifar10": packed.by_name("cifar10"),
    "cifar100": packed.by_name("cifar100"),
    "mnist": packed.by_name("mnist"),
    "fashion-mnist": packed.by_name("fashion-mnist"),
    "diabetes": known.by_name("diabetes"),
    "breast_cancer": known.by_name("breast_cancer"),
    "iris": known.by_name("iris"),
    "wine": known.by_name("wine"),
}

ARCHITECTURES: Mapping[str, Architecture] = families.ARCHITECTURES

# Networks of rows, whose sizes the job tells.
PERCEPTRONS: Mapping[str, Callable[[Teacher | Student, int], Architecture]] = {
    "linear": linear,
    "mlp": mlp,
}

TERMS: Mapping[type[TermSpec], Callable[[Any], Term]] = {
    logit_terms.SoftTargets: SoftTargets,
    logit_terms.HardTargets: HardTargets,
    logit_terms.LogitMse: LogitMse,
    logit_terms.Decoupled: Decoupled,
    logit_terms.Correlation: Correlation,
    logit_terms.Normalized: Normalized,
    logit_terms.WeightedSoft: WeightedSoft,
    logit_terms.LearnedTemperature: LearnedTemperature,
    logit_terms.TeacherFree: TeacherFree,
    feature_terms.Hints: Hints,
    feature_terms.Attention: Attention,
    feature_terms.Similarity: Similarity,
    feature_terms.Probabilistic: Probabilistic,
    feature_terms.Relations: Relations,
    feature_terms.CorrelationCongruence: CorrelationCongruence,
    feature_terms.Variational: Variational,
    feature_terms.ReusedClassifier: ReusedClassifier,
}

EXPORTS: Mapping[type[ExportSpec], Callable[[Any], Export]] = {
    export_specs.Onnx: OnnxExport,
    export_specs.OnnxInt8: OnnxInt8Export,
    export_specs.TorchExport: TorchExportExport,
}


def dataset(chosen: DatasetSpec, data: Path | None, task: TaskName) -> Dataset | Table:
    """The data set, read from the folder `data` where it does not come with a package.

    raises InvalidJob if an uploaded set was packed at another size than was asked for, or has no such column
    """
    match chosen:
        case Builtin():
            return DATASETS[chosen.name](data)
        case Formula():
            return formula.load(chosen)
        case OwnTable():
            return packed_tables.load(chosen, data, classes=TASKS[task].has_classes)
        case Uploaded():
            found = packed.load(chosen.id, data)
            if chosen.image_size in (None, found.image_size):
                return found
            asked = f"asked for are {chosen.image_size}"
            raise InvalidJob(f"{chosen.id} is packed at {found.image_size} px, {asked}")


def facts(chosen: DatasetSpec, data: Path | None) -> UploadedFacts | None:
    """What the file of an uploaded set says; of the others everything is known already."""
    if isinstance(chosen, Builtin | Formula):
        return None
    return packed_tables.facts(chosen.id, data) or packed.facts(chosen.id, data)


def architecture(chosen: Teacher | Student, inputs: int) -> Architecture:
    """What the engine must know of a network; inputs: channels of an image, or columns of a row."""
    if chosen.architecture in PERCEPTRONS:
        return PERCEPTRONS[chosen.architecture](chosen, inputs)
    return ARCHITECTURES[chosen.architecture]


def network(
    chosen: Teacher | Student, inputs: int, classes: int, seed: int, role: Literal["teacher", "student"]
) -> nn.Module:
    """A network with random weights: the same seed and role, the same weights on every device."""
    stem = "imagenet" if chosen.architecture in PERCEPTRONS else chosen.stem
    assert stem != "auto", "specs are resolved before anything is built"
    with seeded(seed, role, "weights"):
        return architecture(chosen, inputs).build(classes, chosen.width, stem)


def validating(spec: JobSpec, material: Material) -> Callable[[nn.Module], Score]:
    """How good a network is on the validation split, its inputs as the material has them."""
    split, scaling = material.splits.validation, material.normalization
    return lambda network: TASKS[spec.task].score(predict(network, split, scaling), split, scaling)


def objective(
    method: Method, task: TaskName = "image-classification", epochs: int | None = None
) -> Objective:
    """The label loss and the terms, each under its name; those of weight 0 are left out.

    epochs    of the training, within which a weight has to rise above 0; None: within any

    raises InvalidJob if nothing is left
    """
    effective = {
        name: Weighted(chosen.weight, TERMS[type(chosen)](chosen), chosen.over_time)
        for name, chosen in named([*method.at_work(epochs).values()])
    }
    if method.label_weight:
        effective = {"label": Weighted(method.label_weight, TASKS[task].label_loss()), **effective}
    if not effective:
        raise InvalidJob("there is nothing to learn from: every weight of the method is 0")
    return Objective(effective)


def regularizers(chosen: Sequence[RegularizerSpec], epochs: int | None = None) -> dict[str, Regularizer]:
    """Each under its name, in the order in which they act.

    Those without any effect are left out, before the others are named, which draw by their names: a run with
    them is the run without.

    epochs    of the training; None: of any
    """
    at_work = [one for one in chosen if not is_idle(one, epochs)]
    found = {name: REGULARIZERS[type(one)](one) for name, one in named(at_work)}
    return dict(sorted(found.items(), key=lambda item: item[1].rank))


def exports(chosen: Sequence[ExportSpec]) -> dict[str, Export]:
    """Each by its kind, which occurs once."""
    return {one.kind: EXPORTS[type(one)](one) for one in chosen}


def named(specs: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Each spec with its kind as name, or `kind[i]`, i from 0, where the kind occurs more than once."""
    kinds = [spec.kind for spec in specs]
    for position, (kind, spec) in enumerate(zip(kinds, specs, strict=True)):
        repeated = kinds.count(kind) > 1
        yield (f"{kind}[{kinds[:position].count(kind)}]" if repeated else kind), spec
