"""The teacher: trained on the labels, then frozen."""

from collections.abc import Mapping
from typing import Any

from safetensors.torch import load
from torch import nn

from core.spec import JobSpec
from core.spec.methods import Method
from core.spec.optimization import Stopping
from core.spec.resolve import warmup_epochs
from worker.engine import registry
from worker.engine.checkpoint import refusing
from worker.engine.checkpoints import Checkpoints
from worker.engine.data.material import Material
from worker.engine.exports.checkpoints import safetensors
from worker.engine.exports.metadata import metadata
from worker.engine.fitting import Fit, Values
from worker.engine.models.folding import folded
from worker.engine.models.pointwise import with_products
from worker.engine.narrator import Narrator
from worker.engine.optimization import autocast_type, optimizer, schedule
from worker.engine.tally import Tally
from worker.engine.trained import Trained, from_facts
from worker.engine.trainer import Trainer

METRICS = {
    "train/loss": "teacher/train/loss",
    "train/epoch_loss": "teacher/train/epoch_loss",
    "validation/accuracy": "teacher/accuracy",
}


def the_teacher(spec: JobSpec, material: Material, narrator: Narrator, checkpoints: Checkpoints) -> Trained:
    """Trained now, or by an earlier attempt of this run.

    raises Diverged, Cancelled, Suspended, CheckpointUnreadable
    """
    if checkpoints.teacher is not None:
        return _recalled(spec, material, checkpoints.teacher_file, checkpoints.teacher)
    teacher = train_teacher(spec, material, narrator, checkpoints)
    file = safetensors(teacher.network.state_dict(), metadata(spec.teacher, material))
    checkpoints.teacher_trained(file, teacher.facts())
    return teacher


def train_teacher(spec: JobSpec, material: Material, narrator: Narrator, checkpoints: Checkpoints) -> Trained:
    """Ordinary training with the student's optimization settings; no regularizers, no early stopping."""
    source, optimization = spec.teacher.source, spec.optimization
    batches = material.batches(optimization, source.seed)
    network = with_products(build_teacher(spec, material))
    trainer = Trainer(
        network,
        registry.objective(Method(label_weight=1.0, terms=())),
        optimizer(network, optimization),
        schedule(
            optimization,
            warmup_epochs=min(warmup_epochs(optimization, optimization.epochs), source.epochs // 5),
            epochs=source.epochs,
            steps_per_epoch=len(batches),
        ),
        Tally(material.device),
        autocast=autocast_type(optimization.precision, material.device),
    )
    fit = Fit(
        trainer,
        batches,
        material.splits.validation,
        material.normalization,
        narrator,
        as_teacher,
        phase="teacher",
        checkpoints=checkpoints,
    )
    return fit.run(source.epochs, Stopping(), into=build_teacher(spec, material))


def _recalled(spec: JobSpec, material: Material, file: bytes, kept: Mapping[str, Any]) -> Trained:
    """The teacher as its file and its checkpoint tell."""
    network = build_teacher(spec, material)
    with refusing("the teacher"):
        network.load_state_dict(load(file))
        return from_facts(network, kept["trained"])


def build_teacher(spec: JobSpec, material: Material) -> nn.Module:
    """The teacher's network with its initial weights, on the device."""
    return material.place(
        registry.network(spec.teacher, material.classes, spec.teacher.source.seed, "teacher")
    )


def frozen(teacher: nn.Module, material: Material) -> nn.Module:
    """The teacher as the student's training uses it: folded, in evaluation mode, without gradients."""
    return material.place(folded(teacher).requires_grad_(False))


def as_teacher(values: Values) -> Values:
    """The teacher's own names of the metrics; the rest is not reported."""
    return {METRICS[name]: value for name, value in values.items() if name in METRICS}
