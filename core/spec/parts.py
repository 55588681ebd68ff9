"""Batches that are learned from in parts: what does not go together with that."""

from collections.abc import Iterator

from core.errors import FieldError
from core.spec.job import JobSpec
from core.spec.tabular import is_tabular


def part_problems(spec: JobSpec) -> Iterator[FieldError]:
    """Parts that are too small, and terms that would see too little in one."""
    where, parts = "/optimization/accumulation", spec.optimization.accumulation
    if parts == 1:
        return
    least, things = (1, "one row") if is_tabular(spec) else (2, "two images")
    if parts > (most := max(1, spec.optimization.batch_size // least)):
        detail = f"must be at most {most}: a part of a batch has at least {things}"
        yield FieldError(where, "less_than_equal", detail, parts)
    for term in spec.method.terms:
        if term.compares_images:
            detail = f"{term.kind} compares the images of a batch with each other: it needs them all at once"
            yield FieldError(where, "not_applicable", detail, parts, allowed=(1,))
