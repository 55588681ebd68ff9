"""The student alone: trained as it was, but on the labels only, to tell what its teacher was worth."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from core.errors import Diverged
from core.spec import JobSpec
from core.spec.methods import Method
from core.spec.regularizers import Soft
from worker.engine import registry
from worker.engine.cache.segments import Shelf
from worker.engine.checkpoint import refusing
from worker.engine.checkpoints import Checkpoints
from worker.engine.data.material import Material
from worker.engine.endings import Stopped
from worker.engine.fitting import ASKED, Fit, Values
from worker.engine.given import Given
from worker.engine.models.pointwise import with_products
from worker.engine.narrator import Narrator
from worker.engine.student import build_student, distil_student, the_trainer
from worker.engine.trained import Trained, from_facts

METRICS = {
    "train/loss": "baseline/train/loss",
    "train/epoch_loss": "baseline/train/epoch_loss",
    "validation/accuracy": "baseline/accuracy",
    "validation/mse": "baseline/mse",
    "validation/loss": "baseline/loss",
}


def the_student(
    spec: JobSpec, material: Material, teacher: nn.Module, narrator: Narrator, checkpoints: Checkpoints,
    given: Given | None, shelf: Shelf | None = None,
) -> Trained:  # fmt: skip
    """Distilled now, or the one of an earlier attempt at this run that was left while the baseline trained.

    raises what worker.engine.student.distil_student raises
    """
    if checkpoints.distilled is not None:
        return _recalled(spec, material, checkpoints.distilled)
    student = distil_student(spec, material, teacher, narrator, checkpoints, given, shelf)
    if spec.evaluation.baseline:
        weights = student.network.state_dict()
        checkpoints.student_trained({"trained": student.facts(), "weights": weights, "last": student.last})
    return student


def the_baseline(
    spec: JobSpec, material: Material, teacher: nn.Module, narrator: Narrator, checkpoints: Checkpoints,
    given: Given | None,
) -> Trained | None:  # fmt: skip
    """The same network, seed, order of images, regularizers and stopping rules; label_weight 1 and no term.

    Of the regularizers those are left out that read the teacher, of which it is to know nothing; and the
    target of a loss: its own is another one, which would end it earlier or later for no reason.

    None if it diverged, or if somebody ended it: with fewer epochs than it may have, nothing is told by it.

    raises Cancelled, Suspended, CheckpointUnreadable
    """
    untaught = tuple(one for one in spec.regularizers if not (isinstance(one, Soft) and one.reads_teacher))
    method = Method(label_weight=1.0, terms=())
    alone = spec.model_copy(update={"method": method, "regularizers": untaught})
    stopping = spec.stopping.model_copy(update={"target_loss": None})
    batches = material.batches(spec.optimization, spec.seed)
    network = with_products(build_student(alone, material, given))
    fit = Fit(
        the_trainer(alone, material, network, teacher, batches, narrator),
        batches,
        registry.validating(spec, material),
        narrator,
        as_baseline,
        phase="baseline",
        checkpoints=checkpoints,
    )
    try:
        if narrator.stop_requested():
            raise Stopped
        trained = fit.run(spec.optimization.epochs, stopping, into=build_student(alone, material, given))
        if trained.stopped == ASKED:
            raise Stopped
    except (Diverged, Stopped) as end:
        why = end.detail if isinstance(end, Diverged) else "its training was ended"
        narrator.log("warning", f"there is no baseline: {why}")
        return None
    return trained


def _recalled(spec: JobSpec, material: Material, kept: Mapping[str, Any]) -> Trained:
    """The student as a checkpoint tells."""
    network = build_student(spec, material)
    with refusing("the student"):
        network.load_state_dict(kept["weights"])
        return from_facts(network, {**kept["trained"], "last": kept["last"]}, None)


def as_baseline(values: Values) -> Values:
    """Its own names of the metrics; the rest is not reported."""
    return {METRICS[name]: value for name, value in values.items() if name in METRICS}
