"""Batches that are learned from in parts, one after the other or on several GPUs: what is against it."""

from collections.abc import Iterator

from core.errors import FieldError
from core.spec.fitting import least
from core.spec.job import JobSpec
from core.spec.tabular import is_tabular


def part_problems(spec: JobSpec) -> Iterator[FieldError]:
    """Parts that are too small, and terms that would see too little in one."""
    accumulation, gpus = spec.optimization.accumulation, spec.resources.ranks
    parts = accumulation * gpus
    asked = {"/optimization/accumulation": accumulation, "/resources/gpus": gpus}
    where, got = next(((at, count) for at, count in asked.items() if count > 1), ("", 1))
    if parts == 1:
        return
    things = "one row" if is_tabular(spec) else "two images"
    if parts > (most := max(1, spec.optimization.batch_size // least(spec))):
        detail = f"a batch has {most} parts at most, as each has at least {things}; these would be {parts}"
        yield FieldError(where, "less_than_equal", detail, got)
    for term in spec.method.at_work(spec.optimization.epochs).values():
        if term.compares_images:
            detail = f"{term.kind} compares the images of a batch with each other: it needs them all at once"
            yield FieldError(where, "not_applicable", detail, got, allowed=(1,))
