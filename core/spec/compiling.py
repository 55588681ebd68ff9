"""Whether the student's training step is compiled, and why not: by what that is expected to save."""

from core.errors import FieldError
from core.spec.datasets import UploadedFacts
from core.spec.job import JobSpec
from core.spec.regularizers import is_idle
from core.spec.tabular import is_tabular
from core.spec.training_size import training_images

# Of images, every epoch anew. On 2 slow CPU cores compiling MobileNetV2 took 121 s and saved 0.19 ms an image
# of 32 pixels, some 12 % of a step: it had paid after 640,000. Over twice that is on the safe side.
PAYS_FROM = 1_500_000
# They hook into the forward pass, or differentiate twice.
REACHING_IN = frozenset({"activation_weight", "dropout", "gradient_noise"})
AT = "/optimization/compile"


def must_interpret(spec: JobSpec) -> str | None:
    """Why the step can't be compiled; None if it can."""
    if is_tabular(spec):
        return "networks of tables are small"
    for term in spec.method.at_work(spec.optimization.epochs).values():
        if term.hears == "features":
            return f"{term.kind} listens to the student's stages"
    for regularizer in spec.regularizers:
        if regularizer.kind in REACHING_IN and not is_idle(regularizer, spec.optimization.epochs):
            return f"{regularizer.kind} reaches into the student's step"
    return None


def decided(spec: JobSpec, uploaded: UploadedFacts | None) -> tuple[str, str] | None:
    """What `auto` comes to, and the rule; None while it is not known how much is trained on."""
    if why := must_interpret(spec):
        return "off", f"rule: {why}"
    if (images := training_images(spec, uploaded)) is None:
        return None
    seen = spec.optimization.epochs * images
    if seen < PAYS_FROM:
        return "off", f"rule: {seen:,} images are too few for it to pay, {PAYS_FROM:,} would do"
    return "on", f"rule: {seen:,} images are enough for it to pay, {PAYS_FROM:,} would do"


def compile_problems(spec: JobSpec) -> list[FieldError]:
    """Something that is asked for and can't be."""
    why = must_interpret(spec) if spec.optimization.compile == "on" else None
    return [FieldError(AT, "not_applicable", why, "on", ("auto", "off"))] if why else []
