"""Attention needs maps of more than one position; image, stem and network say which stages have them."""

from collections.abc import Iterator

from core.errors import FieldError
from core.spec.datasets import DatasetFacts, facts_of
from core.spec.feature_terms import ALL_STAGES, Attention
from core.spec.job import JobSpec
from core.spec.models import FromJob, FromModel
from core.spec.resolve import resolve

# The largest side of an image, in pixels, of which the stages make maps of 1 × 1. A test measures it.
SINGLE_UP_TO = {"small": (1, 2, 4, 8), "imagenet": (4, 8, 16, 32)}
MEASURED = ("resnet18", "mobilenet_v2")  # what is refused of others, the engine refuses


def feature_problems(spec: JobSpec, uploaded: DatasetFacts | None = None) -> Iterator[FieldError]:
    """Terms that would look at a single position, where every network looks the same."""
    terms = [(index, term) for index, term in enumerate(spec.method.terms) if isinstance(term, Attention)]
    single = single_stages(spec, uploaded) if terms else {}
    for index, term in terms:
        blind = [stage for stage in term.stages or ALL_STAGES if stage in single]
        if blind and (term.stages or len(single) == len(ALL_STAGES)):
            network = single[blind[0]]
            detail = f"the maps of stage {blind[0]} of the {network} are 1 × 1: there is nowhere to look"
            yield FieldError(f"/method/terms/{index}/stages", "single_position", detail)


def single_stages(spec: JobSpec, uploaded: DatasetFacts | None = None) -> dict[int, str]:
    """Stages whose maps are 1 × 1, and in which network.

    Of given weights only the engine knows network and stem for sure: they are left to it.
    """
    facts, resolved = facts_of(spec.dataset, uploaded), resolve(spec, uploaded)[0]
    return {
        stage: role
        for role, network in (("student", resolved.student), ("teacher", resolved.teacher))
        if facts is not None and network.stem != "auto" and network.architecture in MEASURED
        if not isinstance(network.source, FromModel | FromJob)
        for stage, side in enumerate(SINGLE_UP_TO[network.stem], start=1)
        if facts.image_size <= side
    }
