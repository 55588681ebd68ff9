"""A batch that fits: the usual one, unless nobody asked for it and there is less to train on."""

from core.spec.datasets import UploadedFacts
from core.spec.job import JobSpec
from core.spec.tabular import is_tabular
from core.spec.training_size import training_images


def fitting_batch(spec: JobSpec, uploaded: UploadedFacts | None) -> int | None:
    """A batch that is smaller than the usual one; None where there is no need, or it is given.

    Half of the training split: of so few it is told about how many there will be.
    """
    there = training_images(spec, uploaded)
    given = "batch_size" in spec.optimization.model_fields_set
    if given or there is None or there >= spec.optimization.batch_size:
        return None
    return max(least(spec), there // 2)


def fitted(spec: JobSpec, uploaded: UploadedFacts | None) -> JobSpec:
    """The spec with the batch that it will have."""
    batch = fitting_batch(spec, uploaded) or spec.optimization.batch_size
    optimization = spec.optimization.model_copy(update={"batch_size": batch})
    return spec.model_copy(update={"optimization": optimization})


def least(spec: JobSpec) -> int:
    """Images or rows of a batch, or of a part of one: a single image teaches batch normalisation nothing."""
    return 1 if is_tabular(spec) else 2
