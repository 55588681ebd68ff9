"""Networks that there are not, or not with these weights, or not for images as small as these."""

from collections.abc import Iterator
from typing import get_args

from core.errors import FieldError
from core.spec.architectures import smallest_side, table
from core.spec.datasets import DatasetFacts, UploadedFacts, facts_of
from core.spec.job import JobSpec
from core.spec.models import Architecture, Pretrained, Student, Teacher, is_open
from core.spec.stems import stem_of

IMAGE_NETWORKS = get_args(Architecture)

Role = tuple[str, Teacher | Student]


def network_problems(spec: JobSpec, uploaded: UploadedFacts | None) -> tuple[FieldError, ...]:
    """What is wrong with the teacher and the student.

    uploaded    what is known of the uploaded set that the spec names; without, its images have no size
    """
    return (*_widths(spec), *_pretrained(spec), *_image_size(spec, uploaded))


def _widths(spec: JobSpec) -> Iterator[FieldError]:
    for role, network in _networks(spec):
        known = table()[network.architecture]
        if network.width == 1.0 or is_open(network):
            continue
        if not known["has_width"]:
            detail = f"{network.architecture} has no width"
            yield FieldError(f"/{role}/width", "not_applicable", detail, network.width)
        elif network.width < known["smallest_width"]:
            detail = f"{network.architecture} has widths of {known['smallest_width']} or more"
            yield FieldError(f"/{role}/width", "greater_than_equal", detail, network.width)


def _pretrained(spec: JobSpec) -> Iterator[FieldError]:
    for role, network in _networks(spec):
        if isinstance(network.source, Pretrained) and network.architecture in IMAGE_NETWORKS:
            yield from _unlike_pretrained(role, network)


def _unlike_pretrained(role: str, network: Teacher | Student) -> Iterator[FieldError]:
    """How it differs from the network whose weights there are; a width that it has not is told already."""
    known = table()[network.architecture]
    if known["pretrained"] is None:
        detail = f"torchvision has no weights of {network.architecture}"
        yield FieldError(f"/{role}/architecture", "not_pretrained", detail, network.architecture)
    if network.width != 1.0 and known["has_width"]:
        yield FieldError(
            f"/{role}/width", "not_pretrained", "there are weights of width 1 only", network.width
        )
    if network.stem == "small" and not known["small_stem_fits"]:
        detail = f"the pretrained weights of {network.architecture} fit the stem `imagenet` only"
        yield FieldError(
            f"/{role}/stem", "not_pretrained", detail, network.stem, allowed=("auto", "imagenet")
        )


def _image_size(spec: JobSpec, uploaded: UploadedFacts | None) -> Iterator[FieldError]:
    """Networks that shrink the images to nothing."""
    facts = facts_of(spec.dataset, uploaded)
    if not isinstance(facts, DatasetFacts):
        return
    for role, network in _networks(spec):
        if network.architecture not in IMAGE_NETWORKS:
            continue
        stem = stem_of(network, facts.image_size)
        smallest = smallest_side(network.architecture, stem)
        if facts.image_size < smallest:
            detail = (
                f"with the stem `{stem}` it needs images of {smallest} pixels or more, "
                f"those of the data set have {facts.image_size}"
            )
            yield FieldError(f"/{role}/architecture", "image_too_small", detail, network.architecture)


def _networks(spec: JobSpec) -> tuple[Role, Role]:
    return ("teacher", spec.teacher), ("student", spec.student)
