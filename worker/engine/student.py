"""The student: trained to imitate the teacher, under the regularizers that the spec asks for."""

from itertools import chain

from torch import nn

from core.spec import JobSpec
from core.spec.resolve import warmup_epochs
from worker.engine import registry
from worker.engine.checkpoints import Checkpoints
from worker.engine.data.material import Material
from worker.engine.fitting import Fit, Values
from worker.engine.models.pointwise import with_products
from worker.engine.narrator import Narrator
from worker.engine.optimization import autocast_type, optimizer, schedule
from worker.engine.randomness import Stream
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.tally import Tally
from worker.engine.trained import Trained
from worker.engine.trainer import Trainer


def distil_student(
    spec: JobSpec, material: Material, teacher: nn.Module, narrator: Narrator, checkpoints: Checkpoints
) -> Trained:
    """Train the student beside a frozen teacher; go on with it where there is a checkpoint of it.

    raises Diverged, Cancelled, Suspended, CheckpointUnreadable, and InvalidJob if a regularizer names no
    layer of the student
    """
    optimization = spec.optimization
    batches = material.batches(optimization, spec.seed)
    network = with_products(build_student(spec, material))
    regularizers = attached(spec, material, network)
    trainer = Trainer(
        network,
        registry.objective(spec.method),
        optimizer(
            network, optimization, learned=chain.from_iterable(r.parameters() for r in regularizers.values())
        ),
        schedule(
            optimization,
            warmup_epochs=warmup_epochs(optimization, optimization.epochs),
            epochs=optimization.epochs,
            steps_per_epoch=len(batches),
        ),
        Tally(material.device),
        teacher=teacher,
        regularizers=regularizers,
        autocast=autocast_type(optimization.precision, material.device),
    )
    fit = Fit(
        trainer,
        batches,
        material.splits.validation,
        material.normalization,
        narrator,
        as_student,
        phase="distil",
        checkpoints=checkpoints,
    )
    return fit.run(optimization.epochs, spec.stopping, into=build_student(spec, material))


def build_student(spec: JobSpec, material: Material) -> nn.Module:
    """The student's network with its initial weights, on the device."""
    return material.place(registry.network(spec.student, material.classes, spec.seed, "student"))


def attached(spec: JobSpec, material: Material, network: nn.Module) -> dict[str, Regularizer]:
    """The regularizers of the spec, at work on this network."""
    regularizers = registry.regularizers(spec.regularizers)
    for name, regularizer in regularizers.items():
        setting = Setting(
            student=network,
            architecture=registry.ARCHITECTURES[spec.student.architecture],
            training_images=len(material.splits.train),
            stream=Stream(spec.seed, name, material.device),
        )
        regularizer.attach(setting)
    return regularizers


def as_student(values: Values) -> Values:
    """The student's metrics bear the plain names."""
    return values
