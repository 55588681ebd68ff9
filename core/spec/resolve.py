"""Fill in what a spec leaves open, and say where each value came from."""

from typing import Any

from core.spec import compiling, tabular
from core.spec.datasets import DatasetFacts, Facts, Uploaded, UploadedFacts, facts_of
from core.spec.fitting import fitted, fitting_batch
from core.spec.job import JobSpec
from core.spec.logit_terms import STANDARDIZED, SoftTerm
from core.spec.models import Pretrained
from core.spec.optimization import Optimization
from core.spec.regularizers import FEW_LAYERS, NormProduct, Sparsity
from core.spec.regularizers.checks import normed
from core.spec.stems import stem_of
from core.spec.teacher_cache import is_shared, must_ask, too_large
from core.spec.training_size import training_images

Origins = dict[str, str]


def resolve(spec: JobSpec, uploaded: UploadedFacts | None = None) -> tuple[JobSpec, Origins]:
    """The spec with every rule applied, and the origin of each value by JSON pointer.

    uploaded    what is known of the uploaded set it names; without, what follows from it stays open

    An origin is `given`, `default`, or the rule that gave the value. Resolving twice changes nothing.
    """
    values: dict[str, Any] = {}
    rules: Origins = {}
    facts = facts_of(spec.dataset, uploaded)
    found = _open_values(fitted(spec, uploaded), facts) | tabular.open_values(spec, uploaded)
    if (batch := fitting_batch(spec, uploaded)) is not None:
        things = "rows" if tabular.is_tabular(spec) else "images"
        found["/optimization/batch_size"] = (batch, f"rule: half of the training {things}, which are few")
    if spec.optimization.compile == "auto" and (chosen := compiling.decided(spec, uploaded)) is not None:
        found[compiling.AT] = chosen
    for pointer, (value, rule) in found.items():
        values[pointer] = value
        rules[pointer] = rule
    document = spec.model_dump(mode="json")
    origins = _origins(spec, document) | rules
    for pointer, value in values.items():
        _set(document, pointer, value)
    return JobSpec.model_validate(document), origins


def peak_learning_rate(optimization: Optimization) -> float:
    """0.1 · batch / 256 for SGD (Goyal et al. 2017), 1e-3 for AdamW."""
    if optimization.learning_rate is not None:
        return optimization.learning_rate
    return 0.1 * optimization.batch_size / 256 if optimization.optimizer == "sgd" else 1e-3


def warmup_epochs(optimization: Optimization, epochs: int) -> int:
    """5, at most a fifth of the epochs, unless given."""
    if optimization.warmup_epochs is not None:
        return optimization.warmup_epochs
    return min(5, epochs // 5)


def teacher_warmup_epochs(optimization: Optimization, epochs: int) -> int:
    """As many as the student's, at most a fifth of the teacher's own."""
    return min(warmup_epochs(optimization, optimization.epochs), epochs // 5)


def _open_values(spec: JobSpec, facts: Facts | None) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    optimization = spec.optimization
    if optimization.learning_rate is None:
        found["/optimization/learning_rate"] = (
            peak_learning_rate(optimization),
            "rule: 0.1 · batch_size / 256" if optimization.optimizer == "sgd" else "rule: 1e-3 for adamw",
        )
    if optimization.warmup_epochs is None:
        found["/optimization/warmup_epochs"] = (
            warmup_epochs(optimization, optimization.epochs),
            "rule: 5, at most a fifth of the epochs",
        )
    if spec.method.label_weight is None:
        found["/method/label_weight"] = _label_weight(spec)
    found |= _standardized(spec)
    found |= _of_regularizers(spec)
    for role, network in (("teacher", spec.teacher), ("student", spec.student)):
        if network.stem == "auto" and isinstance(network.source, Pretrained):
            found[f"/{role}/stem"] = (stem_of(network, None), "rule: as the pretrained weights have it")
    if optimization.teacher_cache == "auto" and (why := must_ask(spec) or is_shared(spec)):
        found["/optimization/teacher_cache"] = ("off", f"rule: {why}")
    return found | _from_data(spec, facts) if isinstance(facts, DatasetFacts) else found


def _from_data(spec: JobSpec, facts: DatasetFacts) -> dict[str, tuple[Any, str]]:
    size = facts.image_size
    found: dict[str, tuple[Any, str]] = {}
    if isinstance(spec.dataset, Uploaded) and spec.dataset.image_size is None:
        found["/dataset/image_size"] = (size, "rule: as the data set was packed")
    for role, network in (("teacher", spec.teacher), ("student", spec.student)):
        if network.stem == "auto" and not isinstance(network.source, Pretrained):
            found[f"/{role}/stem"] = (stem_of(network, size), f"rule: images of {size} px")
    if spec.optimization.teacher_cache == "auto" and not (must_ask(spec) or is_shared(spec)):
        why = too_large(spec, training_images(spec, facts) or 0, facts.classes)
        rule = ("off", f"rule: {why}") if why else ("on", "rule: the views of an image can be listed")
        found["/optimization/teacher_cache"] = rule
    return found


def _label_weight(spec: JobSpec) -> tuple[float, str]:
    terms = spec.method.terms
    return spec.method.of_labels, f"preset of {terms[0].kind}" if terms else "rule: 1 with no term"


def _standardized(spec: JobSpec) -> dict[str, tuple[float, str]]:
    """Weight and temperature of terms that standardize logits, where they were not given."""
    return {
        f"/method/terms/{index}/{name}": (value, "preset of standardized logits")
        for index, term in enumerate(spec.method.terms)
        if isinstance(term, SoftTerm) and term.standardized
        for name, value in STANDARDIZED.items()
        if name in type(term).model_fields and name not in term.model_fields_set
    }


def _of_regularizers(spec: JobSpec) -> dict[str, tuple[Any, str]]:
    """What follows from the layers of the student and the length of its training."""
    found: dict[str, tuple[Any, str]] = {}
    for index, chosen in enumerate(spec.regularizers):
        match chosen:
            case NormProduct(reduction=None):
                rule = f"rule: the product of up to {FEW_LAYERS} norms, else their geometric mean"
                found[f"/regularizers/{index}/reduction"] = (chosen.reduction_of(normed(spec, chosen)), rule)
            case Sparsity(epochs=None):
                rule = "rule: half of the epochs that are left when it begins"
                found[f"/regularizers/{index}/epochs"] = (chosen.ramp(spec.optimization.epochs), rule)
    return found


def _origins(spec: JobSpec, document: Any) -> Origins:
    """`given` or `default` for each leaf of the spec, whose JSON is the document."""
    given = set(_leaves(spec.model_dump(mode="json", exclude_unset=True)))
    return {pointer: "given" if pointer in given else "default" for pointer in _leaves(document)}


def _leaves(value: Any, pointer: str = "") -> list[str]:
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in _leaves(item, f"{pointer}/{key}")]
    if isinstance(value, list) and value:
        return [leaf for i, item in enumerate(value) for leaf in _leaves(item, f"{pointer}/{i}")]
    return [pointer]


def _step(value: Any, part: str) -> Any:
    return value[int(part)] if isinstance(value, list) else value[part]


def _set(document: Any, pointer: str, new: Any) -> None:
    *path, last = pointer.split("/")[1:]
    for part in path:
        document = _step(document, part)
    document[last] = new
