"""From which image on a stage has positions to compare, as the checks believe without torch."""

import pytest
import torch

from core.spec.feature_checks import MEASURED, SINGLE_UP_TO
from worker.engine import registry
from worker.engine.models.outline import weightless
from worker.engine.taps import Needs, Tapped


@pytest.mark.parametrize("stem", sorted(SINGLE_UP_TO))
@pytest.mark.parametrize("architecture", MEASURED)
@torch.no_grad()
def test_a_stage_is_a_single_position_up_to_this_image_and_no_further(architecture, stem):
    known = registry.ARCHITECTURES[architecture]
    with weightless():
        network = known.build(2, 1.0, stem).eval()
    ear = Tapped(network, known, Needs(frozenset({1, 2, 3, 4})))

    def positions(stage, side):
        return ear(torch.zeros(1, 3, side, side, device="meta"))[1].stages[stage].shape[2:]

    for stage, side in enumerate(SINGLE_UP_TO[stem], start=1):
        assert positions(stage, side) == (1, 1)
        assert positions(stage, side + 1) == (2, 2)
