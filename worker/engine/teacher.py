"""The teacher: trained on the labels, or given; then frozen."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from safetensors.torch import load
from torch import nn

from core.spec import JobSpec
from core.spec.methods import Method
from core.spec.models import Finetuned, Train
from core.spec.optimization import Stopping
from core.spec.resolve import teacher_warmup_epochs
from worker.engine import registry
from worker.engine.checkpoint import refusing
from worker.engine.checkpoints import Checkpoints
from worker.engine.clock import Clock
from worker.engine.data.material import Material
from worker.engine.data.scaling import told
from worker.engine.exports.checkpoints import safetensors
from worker.engine.exports.header import said
from worker.engine.exports.metadata import metadata
from worker.engine.fitting import Fit, Values
from worker.engine.given import Given, start
from worker.engine.models.folding import folded
from worker.engine.models.pointwise import with_products
from worker.engine.narrator import Narrator
from worker.engine.optimization import autocast_type, optimizer, schedule
from worker.engine.renormalized import renormalized
from worker.engine.stopping import Epoch
from worker.engine.tally import Tally
from worker.engine.trained import Trained, from_facts, untrained
from worker.engine.trainer import Trainer

METRICS = {
    "train/loss": "teacher/train/loss",
    "train/epoch_loss": "teacher/train/epoch_loss",
    "validation/accuracy": "teacher/accuracy",
    "validation/mse": "teacher/mse",
}


def the_teacher(
    spec: JobSpec, material: Material, narrator: Narrator, checkpoints: Checkpoints, given: Given | None
) -> Trained:
    """Given, trained now, or the one of an earlier attempt at this run.

    given    the weights of a teacher that needs no training, or those that its training starts from

    raises Diverged, Cancelled, Suspended, CheckpointUnreadable
    """
    if checkpoints.teacher is not None:
        teacher = _recalled(spec, material, checkpoints.teacher_file, checkpoints.teacher)
        if not teacher.epochs:
            narrator.skips("teacher")
        return teacher
    if given is None or isinstance(spec.teacher.source, Finetuned):
        teacher = train_teacher(spec, material, narrator, checkpoints, given)
    else:
        teacher = _taken(spec, material, narrator, given)
    seen = material.normalized_by(teacher.normalization)
    file = safetensors(teacher.network.state_dict(), metadata(spec.teacher, seen))
    checkpoints.teacher_trained(file, teacher.facts())
    return teacher


def train_teacher(
    spec: JobSpec, material: Material, narrator: Narrator, checkpoints: Checkpoints, given: Given | None
) -> Trained:
    """Ordinary training with the student's optimization settings; no regularizers, no early stopping."""
    source, optimization = spec.teacher.source, spec.optimization
    assert isinstance(source, Train | Finetuned), "the weights of every other one are given"
    batches = material.batches(optimization, source.seed)
    network = with_products(build_teacher(spec, material, given))
    trainer = Trainer(
        network,
        registry.objective(Method(label_weight=1.0, terms=()), spec.task),
        optimizer(network, optimization),
        schedule(
            optimization,
            warmup_epochs=teacher_warmup_epochs(optimization, source.epochs),
            epochs=source.epochs,
            steps_per_epoch=len(batches),
        ),
        Tally(material.device),
        Clock(len(batches), source.epochs),
        autocast=autocast_type(optimization.precision, material.device),
        parts=optimization.accumulation,
    )
    fit = Fit(
        trainer,
        batches,
        registry.validating(spec, material),
        narrator,
        as_teacher,
        phase="teacher",
        checkpoints=checkpoints,
    )
    trained = fit.run(source.epochs, Stopping(), into=build_teacher(spec, material))
    return trained if given is None else replace(trained, given=given.told)


def _taken(spec: JobSpec, material: Material, narrator: Narrator, given: Given) -> Trained:
    """The teacher as it was given, measured on the validation split: no step of training is made.

    It sees images normalised as those were that it was trained on, where its file says how.
    """
    narrator.skips("teacher")
    narrator.log("info", f"the teacher is not trained: {given.in_words}")
    if given.saw_otherwise(material):
        narrator.log("info", "it sees images normalised by its own mean and std, which its file says")
    network = build_teacher(spec, material, given)
    measured = registry.validating(spec, material.normalized_by(given.normalization))(network)
    narrator.metrics(0, 0, as_teacher({f"validation/{name}": v for name, v in measured.metrics.items()}))
    before = Epoch(number=0, loss=measured.loss, fitness=measured.fitness, seconds=0.0)
    return untrained(network, before, given.told, given.normalization)


def _recalled(spec: JobSpec, material: Material, file: bytes, kept: Mapping[str, Any]) -> Trained:
    """The teacher as its file and its checkpoint tell."""
    network = build_teacher(spec, material)
    with refusing("the teacher"):
        network.load_state_dict(load(file))
        return from_facts(network, kept["trained"], told(said(file)))


def build_teacher(spec: JobSpec, material: Material, given: Given | None = None) -> nn.Module:
    """The teacher's network with its initial weights, on the device."""
    source = spec.teacher.source
    seed = source.seed if isinstance(source, Train | Finetuned) else 0  # of weights that are then replaced
    network = registry.network(spec.teacher, material.inputs, material.classes, seed, "teacher")
    return material.place(network if given is None else start(network, given, spec.teacher, material))


def frozen(teacher: Trained, material: Material) -> nn.Module:
    """The teacher as the student's training uses it: folded, in evaluation mode, without gradients."""
    needed = material.normalized_by(teacher.normalization).normalization
    network = renormalized(folded(teacher.network), material.normalization, needed)
    return material.place(network.requires_grad_(False))


def as_teacher(values: Values) -> Values:
    """The teacher's own names of the metrics; the rest is not reported."""
    return {METRICS[name]: value for name, value in values.items() if name in METRICS}
