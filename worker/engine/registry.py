"""What exists: the implementation of everything that a spec can name. One page, and nothing by magic."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from torch import nn

from core.errors import InvalidJob
from core.spec import exports as export_specs
from core.spec import feature_terms, logit_terms
from core.spec import regularizers as regularizer_specs
from core.spec.datasets import Builtin, DatasetFacts, Uploaded
from core.spec.exports import ExportSpec
from core.spec.methods import Method, TermSpec
from core.spec.models import Student, Teacher
from core.spec.over_time import Constant
from core.spec.regularizers import RegularizerSpec
from worker.engine.data import digits, packed
from worker.engine.data.dataset import Dataset
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
from worker.engine.methods.label_loss import LabelLoss
from worker.engine.methods.learned_temperature import LearnedTemperature
from worker.engine.methods.logit_mse import LogitMse
from worker.engine.methods.normalized import Normalized
from worker.engine.methods.probabilistic import Probabilistic
from worker.engine.methods.relations import Relations
from worker.engine.methods.similarity import Similarity
from worker.engine.methods.soft_targets import SoftTargets
from worker.engine.methods.teacher_free import TeacherFree
from worker.engine.methods.term import Term
from worker.engine.methods.variational import Variational
from worker.engine.methods.weighted_soft import WeightedSoft
from worker.engine.models.architecture import Architecture
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.resnet import RESNET18
from worker.engine.objective import Objective, Weighted
from worker.engine.over_time import is_never
from worker.engine.randomness import seeded
from worker.engine.regularizers.dropout import Dropout
from worker.engine.regularizers.gradient_clipping import GradientClipping
from worker.engine.regularizers.l1 import L1
from worker.engine.regularizers.l2 import L2
from worker.engine.regularizers.regularizer import Regularizer
from worker.engine.regularizers.weight_clipping import WeightClipping

DATASETS: Mapping[str, Callable[[Path | None], Dataset]] = {
    "digits": digits.load,
    "cifar10": packed.by_name("cifar10"),
    "cifar100": packed.by_name("cifar100"),
    "mnist": packed.by_name("mnist"),
    "fashion-mnist": packed.by_name("fashion-mnist"),
}

ARCHITECTURES: Mapping[str, Architecture] = {
    "resnet18": RESNET18,
    "mobilenet_v2": MOBILENET_V2,
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
}

REGULARIZERS: Mapping[type[RegularizerSpec], Callable[[Any], Regularizer]] = {
    regularizer_specs.L1: L1,
    regularizer_specs.L2: L2,
    regularizer_specs.Dropout: Dropout,
    regularizer_specs.WeightClipping: WeightClipping,
    regularizer_specs.GradientClipping: GradientClipping,
}

EXPORTS: Mapping[type[ExportSpec], Callable[[Any], Export]] = {
    export_specs.Onnx: OnnxExport,
    export_specs.OnnxInt8: OnnxInt8Export,
    export_specs.TorchExport: TorchExportExport,
}


def dataset(chosen: Builtin | Uploaded, data: Path | None) -> Dataset:
    """The data set, read from the folder `data` where it does not come with a package.

    raises InvalidJob if an uploaded set was packed at another size than was asked for
    """
    if isinstance(chosen, Builtin):
        return DATASETS[chosen.name](data)
    found = packed.load(chosen.id, data)
    if chosen.image_size not in (None, found.image_size):
        raise InvalidJob(f"{chosen.id} is packed at {found.image_size} px, asked for are {chosen.image_size}")
    return found


def facts(chosen: Builtin | Uploaded, data: Path | None) -> DatasetFacts | None:
    """What the file of an uploaded set says; of the others everything is known already."""
    return None if isinstance(chosen, Builtin) else packed.facts(chosen.id, data)


def network(
    chosen: Teacher | Student, classes: int, seed: int, role: Literal["teacher", "student"]
) -> nn.Module:
    """A network with random weights: the same seed and role, the same weights on every device."""
    assert chosen.stem != "auto", "specs are resolved before anything is built"
    with seeded(seed, role, "weights"):
        return ARCHITECTURES[chosen.architecture].build(classes, chosen.width, chosen.stem)


def objective(method: Method) -> Objective:
    """The label loss and the terms, each under its name; those of weight 0 are left out.

    raises InvalidJob if nothing is left
    """
    parts = {"label": Weighted(method.label_weight or 0.0, LabelLoss())}
    for name, chosen in named(method.terms):
        parts[name] = Weighted(chosen.weight, TERMS[type(chosen)](chosen), chosen.over_time)
    effective = {
        name: part for name, part in parts.items() if part.weight > 0 and not is_never(part.over_time)
    }
    if not effective:
        raise InvalidJob("there is nothing to learn from: every weight of the method is 0")
    return Objective(effective)


def regularizers(chosen: Sequence[RegularizerSpec]) -> dict[str, Regularizer]:
    """Each under its name; those without any effect are left out: a run with them is the run without."""
    return {name: REGULARIZERS[type(one)](one) for name, one in named(chosen) if not _is_idle(one)}


def exports(chosen: Sequence[ExportSpec]) -> dict[str, Export]:
    """Each by its kind, which occurs once."""
    return {one.kind: EXPORTS[type(one)](one) for one in chosen}


def named(specs: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Each spec with its kind as name, or `kind[i]`, i from 0, where the kind occurs more than once."""
    kinds = [spec.kind for spec in specs]
    for position, (kind, spec) in enumerate(zip(kinds, specs, strict=True)):
        repeated = kinds.count(kind) > 1
        yield (f"{kind}[{kinds[:position].count(kind)}]" if repeated else kind), spec


def _is_idle(chosen: RegularizerSpec) -> bool:
    if is_never(getattr(chosen, "over_time", Constant())):
        return True
    match chosen:
        case (
            regularizer_specs.L1(strength=0)
            | regularizer_specs.L2(strength=0)
            | regularizer_specs.Dropout(rate=0)
        ):
            return True
        case _:
            return False
