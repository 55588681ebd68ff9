"""The student: trained to imitate the teacher, under the regularizers that the spec asks for."""

from dataclasses import replace
from functools import partial
from itertools import chain

from torch import nn

from core.spec import JobSpec
from core.spec.resolve import warmup_epochs
from core.spec.reuse import reuse
from worker.engine import registry
from worker.engine.cache.opening import asked
from worker.engine.cache.segments import Shelf
from worker.engine.checkpoints import Checkpoints
from worker.engine.clock import Clock
from worker.engine.compiled import compiled
from worker.engine.data.batches import TrainingBatches
from worker.engine.data.material import Material
from worker.engine.data.tables.batches import TableBatches
from worker.engine.fitting import Fit, Values
from worker.engine.given import Given, start
from worker.engine.listening import ear_of_teacher, listening
from worker.engine.models.outline import weightless
from worker.engine.models.pointwise import with_products
from worker.engine.models.projector import with_projector
from worker.engine.narrator import Narrator
from worker.engine.optimization import autocast_type, optimizer, schedule
from worker.engine.randomness import Stream, seeded
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.renormalized import Renormalized
from worker.engine.tally import Tally
from worker.engine.trained import Trained
from worker.engine.trainer import Trainer


def distil_student(
    spec: JobSpec, material: Material, teacher: nn.Module, narrator: Narrator, checkpoints: Checkpoints,
    given: Given | None, shelf: Shelf | None = None,
) -> Trained:  # fmt: skip
    """Train the student beside a frozen teacher; go on with it where there is a checkpoint of it.

    given    the weights that it starts from; its images are normalised as those of the run all the same,
             since it is trained further on them
    shelf    where the teacher's logits are kept for other jobs; None keeps them in memory

    raises Diverged, Cancelled, Suspended, CheckpointUnreadable, and InvalidJob if a regularizer names no
    layer of the student
    """
    optimization = spec.optimization
    batches = material.batches(optimization, spec.seed)
    network = with_products(build_student(spec, material, given))
    take_classifier(spec, material, network, teacher)
    if given is not None and given.saw_otherwise(material):
        narrator.log("info", "the student goes on from images that were normalised otherwise")
    trainer = the_trainer(spec, material, network, teacher, batches, narrator, shelf)
    fit = Fit(
        trainer,
        batches,
        registry.validating(spec, material),
        narrator,
        as_student,
        phase="distil",
        checkpoints=checkpoints,
    )
    trained = fit.run(optimization.epochs, spec.stopping, into=build_student(spec, material, given))
    return trained if given is None else replace(trained, given=given.told)


def the_trainer(
    spec: JobSpec, material: Material, network: nn.Module, teacher: nn.Module,
    batches: TrainingBatches | TableBatches, narrator: Narrator, shelf: Shelf | None = None,
) -> Trainer:  # fmt: skip
    """The training of this student: its objective, what it learns from the teacher, its regularizers."""
    optimization = spec.optimization
    regularizers = attached(spec, material, network, teacher)
    objective = registry.objective(spec.method, spec.task, optimization.epochs)
    ears = listening(spec, material, objective, network, teacher)
    reads = objective.reads_teacher
    learned = chain(objective.parameters(), *(one.parameters() for one in regularizers.values()))
    autocast = autocast_type(optimization.precision, material.device)
    return Trainer(
        network,
        objective,
        optimizer(network, optimization, learned),
        schedule(
            optimization,
            warmup_epochs=warmup_epochs(optimization, optimization.epochs),
            epochs=optimization.epochs,
            steps_per_epoch=len(batches),
        ),
        Tally(material.device),
        Clock(len(batches), optimization.epochs),
        tapped=compiled(spec, material, network, ears.student, narrator),
        teacher=asked(spec, material, batches, teacher, ears.teacher, shelf, narrator) if reads else None,
        regularizers=regularizers,
        autocast=autocast,
        parts=optimization.accumulation,
    )


def build_student(spec: JobSpec, material: Material, given: Given | None = None) -> nn.Module:
    """The student's network with its initial weights, on the device."""
    network = registry.network(spec.student, material.inputs, material.classes, spec.seed, "student")
    started = network if given is None else start(network, given, spec.student, material)
    return material.place(_reusing(spec, material, started))


def take_classifier(spec: JobSpec, material: Material, network: nn.Module, teacher: nn.Module) -> None:
    """The teacher's classifier in the place of the student's, where it is reused; it stays as it is."""
    if reuse(spec) is None:
        return
    lender = teacher.network if isinstance(teacher, Renormalized) else teacher
    own, theirs = (
        whole.get_submodule(registry.architecture(chosen, material.inputs).head)
        for whole, chosen in ((network, spec.student), (lender, spec.teacher))
    )
    own.load_state_dict(theirs.state_dict())
    own.requires_grad_(False)


def _reusing(spec: JobSpec, material: Material, network: nn.Module) -> nn.Module:
    """The student's network with a projector, where it is to answer with its teacher's classifier."""
    reused = reuse(spec)
    if reused is None:
        return network
    with seeded(spec.seed, "student", "projector"):
        return with_projector(network, registry.architecture(spec.student, material.inputs), reused)


def check_regularizers(spec: JobSpec, material: Material) -> None:
    """Before hours are spent on the teacher.

    raises InvalidJob if one of them finds nothing in the student to act on
    """
    with weightless():
        network = registry.network(spec.student, material.inputs, material.classes, spec.seed, "student")
        network = _reusing(spec, material, network)
    for regularizer in registry.regularizers(spec.regularizers, spec.optimization.epochs).values():
        regularizer.check(network)


def attached(
    spec: JobSpec, material: Material, network: nn.Module, teacher: nn.Module
) -> dict[str, Regularizer]:
    """The regularizers of the spec, at work on this network."""
    regularizers = registry.regularizers(spec.regularizers, spec.optimization.epochs)
    for name, regularizer in regularizers.items():
        setting = Setting(
            student=network,
            architecture=registry.architecture(spec.student, material.inputs),
            material=material,
            teacher=partial(ear_of_teacher, spec, material, teacher),
            stream=Stream(spec.seed, name, material.device),
        )
        regularizer.attach(setting)
    return regularizers


def as_student(values: Values) -> Values:
    """The student's metrics bear the plain names."""
    return values
