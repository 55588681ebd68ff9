"""How much a job trains on, told before anything is loaded."""

from core.spec.datasets import DatasetFacts, UploadedFacts, facts_of, subset_of
from core.spec.job import JobSpec


def training_images(spec: JobSpec, uploaded: UploadedFacts | None = None) -> int | None:
    """Images or rows that are trained on, about; None of an uploaded set of which nothing is known.

    Stratified rounding may differ by one a class, and a subset is smaller where classes are.
    """
    facts, evaluation = facts_of(spec.dataset, uploaded), spec.evaluation
    if facts is None:
        return None
    given = facts.train_images if isinstance(facts, DatasetFacts) else facts.rows
    has_test = isinstance(facts, DatasetFacts) and facts.test_images
    images = given * (1.0 if has_test else 1 - evaluation.test_fraction)
    if (subset := subset_of(spec.dataset)) is not None and facts.classes is not None:
        images = min(images, subset.per_class * facts.classes)
    return int(images * (1 - evaluation.validation_fraction))
