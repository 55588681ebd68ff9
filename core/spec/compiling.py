"""Whether the student's training step is compiled, and why not: by what that is expected to save."""

from core.errors import FieldError
from core.spec.datasets import UploadedFacts
from core.spec.job import JobSpec
from core.spec.regularizers import is_idle
from core.spec.tabular import is_tabular
from core.spec.training_size import training_images

# On a GPU, where each step launches hundreds of small kernels. Cautious guesses, as no GPU was at hand.
COMPILING_SECONDS, SAVED_SECONDS_A_STEP = 120.0, 0.003
# They hook into the forward pass, or differentiate twice.
REACHING_IN = frozenset({"activation_weight", "dropout", "gradient_noise"})
AT = "/optimization/compile"


def must_interpret(spec: JobSpec) -> str | None:
    """Why the step can't be compiled; None if it can."""
    if is_tabular(spec):
        return "networks of tables are small"
    for term in spec.method.terms:
        if term.hears == "features":
            return f"{term.kind} listens to the student's stages"
    for regularizer in spec.regularizers:
        if regularizer.kind in REACHING_IN and not is_idle(regularizer):
            return f"{regularizer.kind} reaches into the student's step"
    return None


def decided(spec: JobSpec, uploaded: UploadedFacts | None) -> tuple[str, str] | None:
    """What `auto` comes to, and the rule; None while the number of steps is not known."""
    if why := must_interpret(spec):
        return "off", f"rule: {why}"
    if spec.resources.gpus == 0:
        return "off", "rule: on a CPU it saves less than it takes"
    if spec.resources.gpus == "auto":
        return "off", "rule: not worth it on a CPU, which it may be; demand GPUs for it"
    if (images := training_images(spec, uploaded)) is None:
        return None
    steps = spec.optimization.epochs * max(1, images // spec.optimization.batch_size)
    pays = steps * SAVED_SECONDS_A_STEP > COMPILING_SECONDS
    return ("on", f"rule: it pays in {steps} steps") if pays else ("off", f"rule: {steps} steps are too few")


def compile_problems(spec: JobSpec) -> list[FieldError]:
    """Something that is asked for and can't be."""
    why = must_interpret(spec) if spec.optimization.compile == "on" else None
    return [FieldError(AT, "not_applicable", why, "on", ("auto", "off"))] if why else []
