"""What a student learns from one term of the logits alone, without the label loss."""

import pytest
import torch

from core.spec.logit_terms import LogitTerm
from core.spec.methods import Method
from core.spec.over_time import Constant
from tests.worker.engine.builders import a_network, a_trainer, as_seen, the_batches, train
from tests.worker.engine.methods.every_term import CHOSEN, named

# Of standardised logits, `decoupled` has minima in which another class leads: with what others say of each
# other weighed 8-fold, descent on four free logits ends in one of them for every fifth image, its gradient 0.
RESTS_ELSEWHERE = "decoupled", True
OF_LOGITS = [
    one
    for one in CHOSEN
    if isinstance(one, LogitTerm) and (one.kind, getattr(one, "standardized", None)) != RESTS_ELSEWHERE
]


@pytest.fixture(scope="module")
def teacher():
    trainer = a_trainer(a_network(seed=9))
    train(trainer, epochs=10)
    return trainer.network.eval().requires_grad_(False)


@torch.no_grad()
def agreement(student, teacher):
    """Share of the training images on which both decide alike."""
    images = torch.cat([as_seen(batch).images for batch in the_batches().epoch(1)])
    was_training = student.training
    same = (student.eval()(images).argmax(1) == teacher(images).argmax(1)).double().mean()
    student.train(was_training)
    return same.item()


@pytest.mark.parametrize("chosen", named(OF_LOGITS))
def test_it_brings_the_student_to_the_teachers_decisions(chosen, teacher):
    chosen = chosen.model_copy(update={"over_time": Constant(), "weight": 1.0})
    trainer = a_trainer(method=Method(label_weight=0.0, terms=(chosen,)), teacher=teacher, learning_rate=0.02)
    before = agreement(trainer.network, teacher)

    train(trainer, epochs=20)

    assert before < 0.5
    assert agreement(trainer.network, teacher) > 0.9
