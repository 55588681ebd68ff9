"""The teacher: trained on the labels, then frozen."""

from torch import nn

from core.spec import JobSpec
from core.spec.methods import Method
from core.spec.optimization import Stopping
from core.spec.resolve import warmup_epochs
from worker.engine import registry
from worker.engine.data.material import Material
from worker.engine.fitting import Fit, Trained, Values
from worker.engine.models.folding import folded
from worker.engine.narrator import Narrator
from worker.engine.optimization import autocast_type, optimizer, schedule
from worker.engine.tally import Tally
from worker.engine.trainer import Trainer

METRICS = {"train/loss": "teacher/train/loss", "validation/accuracy": "teacher/accuracy"}


def train_teacher(spec: JobSpec, material: Material, narrator: Narrator) -> Trained:
    """Ordinary training with the student's optimization settings; no regularizers, no early stopping.

    raises Diverged, Cancelled
    """
    source, optimization = spec.teacher.source, spec.optimization
    batches = material.batches(optimization, source.seed)
    network = build_teacher(spec, material)
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
    fit = Fit(trainer, batches, material.splits.validation, material.normalization, narrator, as_teacher)
    return fit.run(source.epochs, Stopping(), into=build_teacher(spec, material))


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
