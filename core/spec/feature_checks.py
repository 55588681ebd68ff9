"""Attention needs maps of more than one position; image, stem and network say which stages have them."""

from collections.abc import Iterator

from core.errors import FieldError
from core.spec.architectures import single_up_to
from core.spec.datasets import DatasetFacts, UploadedFacts, facts_of
from core.spec.feature_terms import ALL_STAGES, Attention
from core.spec.job import JobSpec
from core.spec.models import FromJob, FromModel, Student, Teacher
from core.spec.resolve import resolve


def feature_problems(spec: JobSpec, uploaded: UploadedFacts | None = None) -> Iterator[FieldError]:
    """Terms that would look at a single position, where every network looks the same."""
    at_work = spec.method.at_work(spec.optimization.epochs)
    terms = [(index, term) for index, term in at_work.items() if isinstance(term, Attention)]
    single = single_stages(spec, uploaded) if terms else {}
    for index, term in terms:
        blind = [stage for stage in term.stages or ALL_STAGES if stage in single]
        if blind and (term.stages or len(single) == len(ALL_STAGES)):
            network = single[blind[0]]
            detail = f"the maps of stage {blind[0]} of the {network} are 1 × 1: there is nowhere to look"
            yield FieldError(f"/method/terms/{index}/stages", "single_position", detail)


def single_stages(spec: JobSpec, uploaded: UploadedFacts | None = None) -> dict[int, str]:
    """Stages whose maps are 1 × 1, and in which network.

    Of weights that are given the network is known once it stands in the spec, as the service completes it.
    """
    facts, resolved = facts_of(spec.dataset, uploaded), resolve(spec, uploaded)[0]
    networks = (("student", spec.student, resolved.student), ("teacher", spec.teacher, resolved.teacher))
    return {
        stage: role
        for role, asked, network in networks
        if isinstance(facts, DatasetFacts) and network.stem != "auto" and _is_known(asked)
        for stage, side in enumerate(single_up_to(network.architecture, network.stem), start=1)
        if facts.image_size <= side
    }


def _is_known(asked: Student | Teacher) -> bool:
    """Whether the spec, and no file, says which network it is."""
    if not isinstance(asked.source, FromModel | FromJob):
        return True
    return asked.stem != "auto" and {"architecture", "stem"} <= asked.model_fields_set
