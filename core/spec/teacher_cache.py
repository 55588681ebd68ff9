"""Whether the teacher's logits can be looked up instead of computed, or why not.

They can where the teacher sees one of a few listed views of an image. The table of them is kept in memory:
images · views · classes numbers of half precision.
"""

from core.spec.job import JobSpec
from core.spec.regularizers import is_idle

VIEWS = {"none": 1, "crop": 9 * 9, "standard": 9 * 9 * 2}  # of an image, by augmentation
TABLE_BYTES = 2 * 2**30  # at most; CIFAR-100 with crops and flips takes 1.5e9
NUMBER_BYTES = 2
UNLISTED = frozenset({"mixup"})  # regularizers that make images of which there is no list


def must_ask(spec: JobSpec) -> str | None:
    """Why the teacher must look at each batch itself, whatever the data; None if it need not."""
    if spec.task != "image-classification":
        return "rows of a table are not seen in views"
    epochs = spec.optimization.epochs
    heard = {term.hears for term in spec.method.at_work(epochs).values()}
    if "features" in heard:
        return "a term reads the teacher's features"
    if "logits" not in heard:
        return "no term reads the teacher"
    for regularizer in (one for one in spec.regularizers if not is_idle(one, epochs)):
        if regularizer.kind in UNLISTED or getattr(regularizer, "teacher_view", "clean") == "noisy":
            return f"{regularizer.kind} changes what the teacher sees"
    return None


def is_shared(spec: JobSpec) -> str | None:
    """Why several GPUs don't look up what one would; None of one."""
    return "each GPU asks its own teacher about its part of a batch" if spec.resources.ranks > 1 else None


def too_large(spec: JobSpec, images: int, classes: int) -> str | None:
    """Why the table is not kept in memory; None if it fits."""
    size = images * VIEWS[spec.optimization.augmentation] * classes * NUMBER_BYTES
    return f"its table would take {size / 2**30:.1f} GiB" if size > TABLE_BYTES else None
