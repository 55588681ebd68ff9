"""What is heard of two networks; what terms learn is trained, kept, and never part of the student."""

import pytest
import torch
from torch import nn

from core.spec.methods import Method
from tests.worker.engine.builders import a_batch, a_job, a_network, as_seen, at
from worker.engine import registry
from worker.engine.answering import LiveTeacher
from worker.engine.clock import Clock
from worker.engine.data.material import ImageMaterial
from worker.engine.data.normalization import measure
from worker.engine.data.splits import split
from worker.engine.listening import listening
from worker.engine.methods.term import Term
from worker.engine.models.folding import folded
from worker.engine.models.resnet import RESNET18
from worker.engine.moment import Moment
from worker.engine.objective import Objective, Weighted
from worker.engine.optimization import Schedule, optimizer
from worker.engine.tally import Tally
from worker.engine.taps import Needs, Tapped
from worker.engine.trainer import Trainer

CPU = torch.device("cpu")


class Middle(Term):
    """Pulls the student's second stage, through a 1 × 1 convolution of its own, to the teacher's."""

    needs = Needs(stages=frozenset({2}), pooled=True)

    def attach(self, pair):
        ours, theirs = (f.stages[2].shape[1] for f in (pair.student_features, pair.teacher_features))
        self.adapter = nn.Conv2d(ours, theirs, 1)
        self.pooled = pair.student_features.pooled.shape, pair.teacher_features.pooled.shape

    def forward(self, moment):
        adapted = self.adapter(moment.student_features.stages[2])
        return (adapted - moment.teacher_features.stages[2]).square().mean()


@pytest.fixture(scope="module")
def material():
    spec = a_job()
    dataset = registry.dataset(spec.dataset, None, spec.task)
    splits = split(dataset, spec.evaluation, spec.dataset.subset)
    return ImageMaterial(dataset, splits, measure(splits.train), CPU)


@pytest.fixture
def trainer(material):
    spec = a_job()
    student = registry.network(spec.student, 3, 10, 0, "student").train()
    teacher = folded(registry.network(spec.teacher, 3, 10, 0, "teacher")).requires_grad_(False)
    objective = Objective({"middle": Weighted(1.0, Middle())})
    ears = listening(spec, material, objective, student, teacher)
    return Trainer(
        student, objective, optimizer(student, spec.optimization, objective.parameters()),
        Schedule(0.01, 0, 100, False), Tally(CPU), Clock(4, 10),
        tapped=ears.student, teacher=LiveTeacher(ears.teacher),
    )  # fmt: skip


def middle(trainer):
    return trainer.objective.parts["middle"].term


def images(material):
    return next(material.batches(a_job().optimization.model_copy(update={"batch_size": 16}), 0).epoch(1))


def test_a_term_is_shown_the_shapes_of_what_it_needs(trainer):
    assert middle(trainer).adapter.weight.shape[:2] == (128, 8)
    assert middle(trainer).pooled == ((2, 1280), (2, 512))


def test_its_own_parameters_learn_with_the_student(trainer, material):
    before = middle(trainer).adapter.weight.clone()
    batch = images(material)

    losses = []
    for _ in range(8):
        trainer.step(batch)
        losses.append(trainer.tally.read().values["middle"])

    assert losses[-1] < losses[0]
    assert not torch.equal(middle(trainer).adapter.weight, before)


def test_they_are_no_part_of_the_student(trainer):
    assert (
        trainer.network.state_dict().keys()
        == registry.network(a_job().student, 3, 10, 0, "student").state_dict().keys()
    )


def test_they_are_part_of_the_checkpoint(trainer, material):
    trainer.step(images(material))
    state = trainer.state()
    kept = {name: value.clone() for name, value in state["terms"]["middle"].items()}
    middle(trainer).adapter.weight.data.zero_()

    trainer.restore({**state, "terms": {"middle": kept}})

    assert torch.equal(middle(trainer).adapter.weight, kept["adapter.weight"])


def test_what_was_heard_does_not_outlive_the_step():
    network = RESNET18.build(4, 1.0, "imagenet")
    ear = Tapped(network, RESNET18, Needs(frozenset({1, 4}), pooled=True))

    _, features = ear(torch.randn(2, 3, 32, 32))
    network(torch.randn(2, 3, 32, 32))  # a validation, say

    assert [maps.shape for maps in features.stages.values()] == [(2, 64, 8, 8), (2, 512, 1, 1)]
    assert features.pooled.shape == (2, 512)
    assert (ear.stages, ear.pooled) == ({}, None)


def test_no_hook_sits_where_no_term_listens():
    network = RESNET18.build(4, 1.0, "imagenet")
    Tapped(network, RESNET18, Needs(frozenset({3})))

    hooked = [
        name for name, module in network.named_modules() if module._forward_hooks or module._forward_pre_hooks
    ]
    assert hooked == ["layer3"]


def test_a_mean_over_probabilities_is_learned_where_labels_are_mixed():
    logits = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([[0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]])
    seen = as_seen(a_batch(3))
    moment = Moment(
        at(0),
        type(seen)(seen.images, seen.images, seen.labels, seen.rows, targets=targets),
        a_network(),
        logits,
        None,
    )

    loss = registry.objective(Method(label_weight=1.0, terms=())).losses(moment)["label"]

    expected = -(targets * logits.double().softmax(1).log()).sum(1).mean()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
